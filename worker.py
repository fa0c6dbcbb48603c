"""The worker: reads settings, builds clients once, runs workflows, activities and pumps until told to stop.

`python -m worker --ready-file F` creates F once it polls for work. SIGTERM lets running steps finish for
twenty seconds in all; what is cut off then is repeated elsewhere, harmlessly.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import NoReturn

import structlog
from prometheus_client import start_http_server
from temporalio.worker import Worker

from activities.documents import Printer
from activities.mail_secrets import MailSecrets
from activities.provider_checks import ProviderChecks
from activities.pumps import Pumps
from activities.registry import Resources, all_activities, all_pumps
from activities.schedules import Schedules
from api import collecting
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.anomaly import AnomalyRule
from gateways import logs
from gateways.errors import Unavailable
from gateways.mail import open_mailer
from gateways.settings import BadSettings, Settings
from gateways.temporal import bootstrap
from gateways.temporal.connection import Temporal, connect
from workflows.stopping import GRACE, Stopped, polling, unless
from workflows.workers import workers

log = structlog.get_logger("worker")
_RECONNECT_SECONDS = 1.0
# Less than any of the deployments gives; three seconds beyond the grace to tell Temporal what was done.
_LONGEST_STOP_SECONDS = GRACE.total_seconds() + 3


async def serve(settings: Settings, ready_file: Path | None, stop: asyncio.Event) -> None:
    """Everything the worker does, until `stop` is set: also while it still waits for what it needs."""
    _announce(ready_file, ready=False)  # one that was killed has left its own
    async with AsyncExitStack() as stack:
        stack.enter_context(suppress(Stopped))
        resources = await _resources(stack, settings, stop)
        await unless(stop, bootstrap.prepare(resources.temporal.client))
        pumps = Pumps(all_pumps(resources), resources.database)
        both = _workers(resources, settings.worker_db_pool_size, stop)
        await stack.enter_async_context(polling(both, pumps))
        await unless(stop, resources.schedules.reconcile())
        pumps.start()
        log.info("worker is ready", task_queue=resources.temporal.task_queue)
        stack.callback(_announce, ready_file, ready=False)
        _announce(ready_file, ready=True)
        await stop.wait()
        log.info("worker is stopping")


def _workers(resources: Resources, slots: int, stop: asyncio.Event) -> tuple[Worker, Worker]:
    """Both workers; a failure that cannot be repaired here ends the process."""

    async def fatal(error: BaseException) -> None:
        log.error("worker failed", error=str(error))
        stop.set()

    temporal = resources.temporal
    queues, activities = (temporal.task_queue, temporal.batch_queue), all_activities(resources)
    return workers(temporal.client, queues, activities, slots=slots, on_fatal=fatal)


def _announce(ready_file: Path | None, *, ready: bool) -> None:
    """The file is there for as long as the worker takes work."""
    if ready_file is None:
        return
    if ready:
        ready_file.write_text(f"{os.getpid()}\n", encoding="utf-8")
    else:
        ready_file.unlink(missing_ok=True)


async def _resources(stack: AsyncExitStack, settings: Settings, stop: asyncio.Event) -> Resources:
    """What the steps work with; closed in the opposite order."""
    database = Database.open(settings.database_url, pool_size=settings.worker_db_pool_size)
    stack.push_async_callback(database.close)
    mail = settings.mail
    ways = {"sendgrid_api_key": mail.sendgrid_api_key, "smtp_url": mail.smtp_url}
    sender = collecting.sender_of(settings)
    checks = ProviderChecks.open(database, sender, pepper=settings.key_pepper, strict=settings.strict)
    stack.push_async_callback(checks.close)
    temporal = await unless(stop, _connected(settings))
    return Resources(
        database=database,
        temporal=temporal,
        mailer=open_mailer(sender=mail.sender, reply_to=mail.reply_to, **ways),
        mail_secrets=MailSecrets(settings.session_secret),
        sender=sender,
        collecting=await stack.enter_async_context(collecting.opened(settings, database)),
        terms=_terms(settings),
        printer=_printer(settings),
        provider_checks=checks,
        schedules=Schedules(database, temporal),
    )


def _terms(settings: Settings) -> Terms:
    """How the month-end invoices."""
    billing, entity = settings.billing, settings.legal_entity
    rule = AnomalyRule(
        ratio_ppm=int(billing.anomaly_ratio * 1_000_000),
        minimum_nanos=billing.anomaly_minimum_nanos,
        review_nanos=billing.review_threshold_nanos,
        pause_ppm=int(billing.anomaly_share * 1_000_000),
    )
    return Terms(
        payment_terms_days=billing.payment_terms_days,
        anomaly=rule,
        issuer={
            "legal_text": entity.legal_text,
            "bank_details": [*entity.bank_details],
            "email": entity.email,
        },
    )


def _printer(settings: Settings) -> Printer:
    """What documents need beside their facts."""
    path = settings.legal_entity.logo_path
    logo = path.read_bytes() if path else None
    return Printer(public_url=settings.public_url, link_secret=settings.session_secret, logo=logo)


async def _connected(settings: Settings) -> Temporal:
    """Waits for Temporal: a worker that starts first is not a mistake."""
    port = settings.worker_metrics_port
    if port is not None:
        start_http_server(port + 1)
    while True:
        try:
            return await connect(settings.temporal, payload_key=settings.payload_key, metrics_port=port)
        except Unavailable as unavailable:
            log.warning("temporal is not reachable yet", reason=unavailable.detail)
            await asyncio.sleep(_RECONNECT_SECONDS)


async def _until_signalled(settings: Settings, ready_file: Path | None) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def told() -> None:
        stop.set()
        loop.call_later(_LONGEST_STOP_SECONDS, _cut_off)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    await serve(settings, ready_file, stop)


def _cut_off() -> NoReturn:
    """A Temporal that hangs holds the SDK's farewell up for longer than whoever stops us waits."""
    log.warning("worker is cut off before everything had an end; what was under way is repeated elsewhere")
    _leave(0)


def _leave(status: int) -> NoReturn:
    """Not sys.exit: tearing the SDK's threads down aborts about one clean exit in five (temporalio/sdk-python#300)."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main() -> int:
    """The process: its exit status."""
    parser = argparse.ArgumentParser(prog="backoffice worker")
    parser.add_argument("--ready-file", type=Path, help="created when the worker polls for work")
    arguments = parser.parse_args()
    try:
        settings = Settings.read(os.environ)
    except BadSettings as faults:
        sys.stderr.write(f"{faults}\n")
        return 2
    logs.configure(settings.log_level, settings.log_format)
    try:
        asyncio.run(_until_signalled(settings, arguments.ready_file))
    except Exception:  # told before the process ends without the interpreter's own farewell
        log.exception("worker ended")
        return 1
    return 0


if __name__ == "__main__":
    _leave(main())
