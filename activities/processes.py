"""Looking at a process and steering it, for doors: what Temporal and the process refuse becomes a refusal."""

from domain.audit import Actor
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


async def steer(temporal: Temporal, workflow_id: str, act: str, reason: str, actor: Actor) -> StatusFacts:
    """What the process says after it took the act in the actor's name.

    Raises:
        NotFound: there is none, or it has ended.
        WrongState: the process does not take the act now.
        Unavailable: Temporal or the process does not answer.
    """
    try:
        with acting(actor):
            return await steering.steer(temporal, workflow_id, ACTS[act], reason)
    except Refused as refused:
        raise _refusal(refused) from refused


def _refusal(refused: Refused) -> Refusal:
    kinds = {"not_found": NotFound, "invalid": Invalid}
    return kinds.get(refused.code, WrongState)(refused.detail)
