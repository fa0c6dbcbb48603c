"""Tells a process to pause, resume, skip its wait or end: the updates that all of them answer."""

from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from gateways.errors import Refused, Unavailable
from gateways.temporal.connection import Temporal
from gateways.temporal.visibility import StatusFacts, refusal

_TIMEOUT = timedelta(seconds=5)


async def steer(temporal: Temporal, workflow_id: str, act: str, reason: str) -> StatusFacts:
    """What the process says after it took the act (pause, resume, skip_wait, cancel).

    Raises:
        Refused: `not_found`, or the process's own code and reason.
        Unavailable: the process does not answer.
    """
    handle = temporal.client.get_workflow_handle(workflow_id)
    try:
        return await handle.execute_update(
            act, {"reason": reason}, result_type=dict[str, Any], rpc_timeout=_TIMEOUT
        )
    except WorkflowUpdateFailedError as error:
        code = error.cause.type if isinstance(error.cause, ApplicationError) else None
        message = error.cause.message if isinstance(error.cause, ApplicationError) else str(error.cause)
        raise Refused(code or "wrong_state", message) from error
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        raise Unavailable("The process does not answer now; look again in a moment") from error
    except RPCError as error:
        raise refusal(error) from error
