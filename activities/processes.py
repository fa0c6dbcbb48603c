"""Looking at a process and steering it, for doors: what Temporal and the process refuse becomes a refusal."""

from dataclasses import dataclass
from uuid import UUID

from db import audit
from db.engine import Database
from domain.audit import Actor, Entry
from domain.errors import Invalid, NotFound, Refusal, WrongState
from gateways.errors import Refused
from gateways.temporal import steering, visibility
from gateways.temporal.actors import acting
from gateways.temporal.connection import Temporal
from gateways.temporal.visibility import Detail, StatusFacts

ACTS = {"pause": "pause", "resume": "resume", "skip-wait": "skip_wait", "cancel": "cancel"}


async def look(temporal: Temporal, workflow_id: str) -> Detail:
    """Where the process stands.

    Raises:
        NotFound: there is none.
        Unavailable: Temporal does not answer.
    """
    try:
        return await visibility.look(temporal, workflow_id)
    except Refused as refused:
        raise _refusal(refused) from refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What somebody tells a process; `standing` is what it said of itself a moment before.

    None: it did not answer, and may take the act nevertheless; empty: it had ended.
    """

    workflow_id: str
    organization_id: UUID | None
    act: str
    reason: str
    actor: Actor
    standing: StatusFacts | None


async def steer(database: Database, temporal: Temporal, wanted: Steering) -> StatusFacts:
    """What the process says after it took the act in the actor's name.

    The log has an act before the process has it: who crashes in between leaves an entry of what was asked. What
    the process said it would not take is noted only when it takes it after all, since somebody else has just
    steered it; what it does not take otherwise leaves one more entry that says so.

    Raises:
        NotFound: there is none, or it has ended.
        WrongState: the process does not take the act now.
        Unavailable: Temporal or the process does not answer.
    """
    if wanted.standing is not None and ACTS[wanted.act] not in wanted.standing.get("may", ()):
        said = await _tell(temporal, wanted)
        await _note(database, wanted, wanted.act)
        return said
    await _note(database, wanted, wanted.act)
    try:
        return await _tell(temporal, wanted)
    except Refusal as refusal:
        await _note(database, wanted, "refuse", act=wanted.act, because=refusal.detail)
        raise


async def _tell(temporal: Temporal, wanted: Steering) -> StatusFacts:
    try:
        with acting(wanted.actor):
            return await steering.steer(temporal, wanted.workflow_id, ACTS[wanted.act], wanted.reason)
    except Refused as refused:
        raise _refusal(refused) from refused


async def _note(database: Database, wanted: Steering, name: str, **more: str) -> None:
    """Commits an entry of the log."""
    state = (wanted.standing or {}).get("state", "")
    facts = {"act": wanted.act, "reason": wanted.reason, "state": state, **more}
    entry = Entry(f"process.{name}", "process", wanted.workflow_id, wanted.organization_id, None, facts)
    async with database.begin() as tx:
        await audit.append(tx, [entry], actor=wanted.actor)


def _refusal(refused: Refused) -> Refusal:
    kinds = {"not_found": NotFound, "invalid": Invalid}
    return kinds.get(refused.code, WrongState)(refused.detail)
