"""Asks the proofs, for the process that runs them and for the command line alike; writes nothing."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from db import proofs
from db.engine import Database
from db.proofs import Proof, collections, running
from domain.proof import EVERYTHING, Finding, Window
from gateways.temporal import living, schedules
from gateways.temporal.connection import Temporal

_PARTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a proof found; `complete` when it looked at everything and named all it found."""

    name: str
    findings: tuple[Finding, ...]
    milliseconds: int
    complete: bool


async def parts_of(database: Database, proof: Proof) -> list[Window]:
    """The windows that together are everything, oldest first."""
    if not proof.windowed:
        return [EVERYTHING]
    async with database.begin() as tx:
        first = await proofs.first_entry_at(tx)
    if first is None:
        return [EVERYTHING]
    inner = Window(since=first, until=max(first, _now())).parts(_PARTS)
    first_part = Window(since=EVERYTHING.since, until=inner[0].until)
    last_part = Window(since=inner[-1].since, until=EVERYTHING.until)
    return [first_part, *inner[1:-1], last_part]


async def prove(database: Database, proof: Proof, windows: list[Window]) -> AsyncIterator[Proved]:
    """Proves part by part; yields what is known after each part, in the end the whole."""
    findings: dict[str, Finding] = {}
    began = time.monotonic()
    clipped = False
    for window in windows:
        async with database.begin() as tx:
            found = await proofs.contradictions(tx, proof, window)
        clipped = clipped or len(found) >= proofs.MOST_FINDINGS
        findings.update({finding.subject_id: finding for finding in found})
        whole = not proof.windowed or (
            windows[0].since == EVERYTHING.since and window.until == EVERYTHING.until
        )
        yield Proved(
            name=proof.name,
            findings=tuple(findings.values()),
            milliseconds=int((time.monotonic() - began) * 1000),
            complete=whole and not clipped,
        )


async def prove_collections(database: Database, temporal: Temporal) -> Proved:
    """Every invoice with something due has a living collection.

    Raises:
        Unavailable: Temporal does not answer.
    """
    began = time.monotonic()
    async with database.begin() as tx:
        owed = {each.workflow_id: each for each in await collections.list_open(tx, now=_now())}
    dead = await living.missing(temporal, "Collection", owed)
    findings = tuple(_uncollected(owed[workflow_id]) for workflow_id in dead)
    spent = int((time.monotonic() - began) * 1000)
    return Proved(name=collections.NAME, findings=findings, milliseconds=spent, complete=True)


async def prove_runs(database: Database, temporal: Temporal) -> tuple[Proved, dict[str, running.OpenRun]]:
    """Every billing run that is under way has a living process; beside the findings, the runs by their shown ids.

    Raises:
        Unavailable: Temporal does not answer.
    """
    began = time.monotonic()
    async with database.begin() as tx:
        under_way = {each.workflow_id: each for each in await running.list_open(tx, now=_now())}
    lost = await living.missing(temporal, "BillingRun", under_way)
    async with database.begin() as tx:
        # A run that ended while Temporal was asked has rightly no process any more.
        still = {each.workflow_id for each in await running.list_open(tx, now=_now())}
    dead = [under_way[each] for each in lost if each in still]
    findings = tuple(_lost(run) for run in dead)
    spent = int((time.monotonic() - began) * 1000)
    proved = Proved(name=running.NAME, findings=findings, milliseconds=spent, complete=True)
    return proved, {run.shown: run for run in dead}


async def prove_calendar(temporal: Temporal) -> Proved:
    """No month-end's schedule is paused.

    Raises:
        Unavailable: Temporal does not answer.
    """
    began = time.monotonic()
    findings = tuple(_paused(each) for each in await schedules.list_paused(temporal, prefix="billing/"))
    spent = int((time.monotonic() - began) * 1000)
    return Proved(name=running.CALENDAR, findings=findings, milliseconds=spent, complete=True)


def _lost(run: running.OpenRun) -> Finding:
    detail = f"The run is {run.state} and nobody works on it: {run.workflow_id} is not running"
    return Finding(
        proof=running.NAME, kind="warning", subject_id=run.shown, organization_id=None, detail=detail
    )


def _paused(schedule: schedules.Paused) -> Finding:
    why = f" ({schedule.note})" if schedule.note else ""
    detail = f"The schedule is paused{why}: no month-end of the zone begins by itself; resume it under Processes, Schedules"
    return Finding(
        proof=running.CALENDAR, kind="warning", subject_id=schedule.id, organization_id=None, detail=detail
    )


def _uncollected(invoice: collections.OpenInvoice) -> Finding:
    return Finding(
        proof=collections.NAME,
        kind="break",
        subject_id=invoice.shown,
        organization_id=invoice.organization_id,
        detail=f"{invoice.number} is due and nobody collects it: {invoice.workflow_id} is not running",
    )


def _now() -> datetime:
    return datetime.now(UTC)
