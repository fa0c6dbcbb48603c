"""The worker: reads settings, builds clients once, runs workflows, activities and pumps until told to stop.

`python -m worker --ready-file F` creates F once it polls for work. SIGTERM lets running steps finish for
twenty seconds; what is cut off then is repeated elsewhere, harmlessly.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import structlog
from prometheus_client import start_http_server

from activities.collecting import collecting
from activities.correspondence import Sender
from activities.documents import Printer
from activities.mail_secrets import MailSecrets
from activities.provider_checks import ProviderChecks
from activities.pumps import pumping
from activities.registry import Resources, all_activities, all_pumps
from activities.schedules import Schedules
from db.engine import Database
from db.invoicing.chunk import Terms
from domain.anomaly import AnomalyRule
from gateways import logs
from gateways.errors import Unavailable
from gateways.mail import open_mailer
from gateways.settings import BadSettings, Settings
from gateways.stripe import Stripe
from gateways.temporal import bootstrap
from gateways.temporal.connection import Temporal, connect
from workflows.workers import GRACE, workers

log = structlog.get_logger("worker")
_RECONNECT_SECONDS = 1.0


async def serve(settings: Settings, ready_file: Path | None, stop: asyncio.Event) -> None:
    """Everything the worker does, until `stop` is set."""
    async with AsyncExitStack() as stack:
        resources = await _resources(stack, settings)
        await bootstrap.prepare(resources.temporal.client)
        await _work(stack, resources, settings.worker_db_pool_size, stop)
        await Schedules(resources.database, resources.temporal).reconcile()
        await stack.enter_async_context(pumping(all_pumps(resources), resources.database, grace=GRACE))
        log.info("worker is ready", task_queue=resources.temporal.task_queue)
        stack.enter_context(_announced(ready_file))
        await stop.wait()
        log.info("worker is stopping")


async def _work(stack: AsyncExitStack, resources: Resources, slots: int, stop: asyncio.Event) -> None:
    """Polls for work until the stack closes; a failure that cannot be repaired here ends the process."""

    async def fatal(error: BaseException) -> None:
        log.error("worker failed", error=str(error))
        stop.set()

    temporal = resources.temporal
    queues, activities = (temporal.task_queue, temporal.batch_queue), all_activities(resources)
    for worker in workers(temporal.client, queues, activities, slots=slots, on_fatal=fatal):
        await stack.enter_async_context(worker)


@contextmanager
def _announced(ready_file: Path | None) -> Iterator[None]:
    """The file is there for as long as the worker takes work."""
    if ready_file is not None:
        ready_file.write_text(f"{os.getpid()}\n", encoding="utf-8")
    try:
        yield
    finally:
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


async def _resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    """What the steps work with; closed in the opposite order."""
    database = Database.open(settings.database_url, pool_size=settings.worker_db_pool_size)
    stack.push_async_callback(database.close)
    mail = settings.mail
    ways = {"sendgrid_api_key": mail.sendgrid_api_key, "smtp_url": mail.smtp_url}
    sender, dunning_days = _sender(settings), settings.billing.dunning_days
    checks = ProviderChecks.open(database, sender, pepper=settings.key_pepper, strict=settings.strict)
    stack.push_async_callback(checks.close)
    return Resources(
        database=database,
        temporal=await _connected(settings),
        mailer=open_mailer(sender=mail.sender, reply_to=mail.reply_to, **ways),
        mail_secrets=MailSecrets(settings.session_secret),
        sender=sender,
        collecting=collecting(database, _stripe(stack, settings), sender, dunning_days=dunning_days),
        terms=_terms(settings),
        printer=_printer(settings),
        provider_checks=checks,
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
            "bank_details": list(entity.bank_details),
            "email": entity.email,
        },
    )


def _printer(settings: Settings) -> Printer:
    """What documents need beside their facts."""
    logo = settings.legal_entity.logo_path
    return Printer(
        public_url=settings.public_url,
        link_secret=settings.session_secret,
        logo=logo.read_bytes() if logo else None,
    )


def _stripe(stack: AsyncExitStack, settings: Settings) -> Stripe:
    """The payment provider, or the sandbox that stands in for it."""
    account = settings.stripe
    stripe = Stripe.open(
        api_key=account.api_key, api_base=account.api_base, return_url=f"{settings.public_url}/pay/done"
    )
    stack.push_async_callback(stripe.close)
    return stripe


def _sender(settings: Settings) -> Sender:
    """Who writes the letters."""
    entity = settings.legal_entity
    return Sender(
        name=entity.name,
        address_lines=entity.address_lines,
        support_email=entity.email,
        bank_details=entity.bank_details,
        public_url=settings.public_url,
        link_secret=settings.session_secret,
    )


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
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, ready_file, stop)


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
    asyncio.run(_until_signalled(settings, arguments.ready_file))
    return 0


if __name__ == "__main__":
    status = 1
    try:
        status = main()
    except Exception:  # told before the process ends without the interpreter's own farewell
        log.exception("worker ended")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: tearing the SDK's threads down aborts about one clean exit in five (temporalio/sdk-python#300).
    os._exit(status)
