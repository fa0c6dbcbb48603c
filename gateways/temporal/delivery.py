"""Hands one intent to Temporal; delivering it twice is the same as once."""

from datetime import timedelta

from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import show
from domain.intent import Intent
from gateways.errors import Refused, Unavailable
from gateways.temporal import attributes
from gateways.temporal.actors import acting
from gateways.temporal.connection import Temporal

_FINAL = (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.OUT_OF_RANGE)
_TIMEOUT = timedelta(seconds=5)


async def deliver(temporal: Temporal, intent: Intent) -> str:
    """Starts, signals or updates in the name of whoever wrote the intent; answers a note when it was moot.

    Raises:
        Refused: Temporal or the process says no, finally.
        Unavailable: it may work later.
    """
    deliveries = {"start": _start, "signal": _signal, "update": _update}
    try:
        with acting(intent.actor):
            return await deliveries[intent.kind](temporal, intent)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return "no running process took it"
        if error.status in _FINAL:
            raise Refused("temporal_refused", error.message) from error
        raise Unavailable(f"Temporal: {error.message}") from error


async def _start(temporal: Temporal, intent: Intent) -> str:
    reuse = WorkflowIDReusePolicy
    organization = (
        []
        if intent.organization_id is None
        else [SearchAttributePair(attributes.ORGANIZATION, show("org", intent.organization_id))]
    )
    try:
        await temporal.client.start_workflow(
            intent.workflow,
            dict(intent.payload),
            id=intent.workflow_id,
            task_queue=temporal.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse.ALLOW_DUPLICATE if intent.again else reuse.REJECT_DUPLICATE,
            search_attributes=TypedSearchAttributes(organization),
            static_summary=intent.summary or None,
            request_eager_start=False,
            rpc_timeout=_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return "the process has run already"
    return ""


async def _signal(temporal: Temporal, intent: Intent) -> str:
    handle = temporal.client.get_workflow_handle(intent.workflow_id)
    await handle.signal(intent.name, dict(intent.payload), rpc_timeout=_TIMEOUT)
    return ""


async def _update(temporal: Temporal, intent: Intent) -> str:
    handle = temporal.client.get_workflow_handle(intent.workflow_id)
    try:
        await handle.execute_update(intent.name, dict(intent.payload), id=intent.key, rpc_timeout=_TIMEOUT)
    except WorkflowUpdateFailedError as error:
        raise Refused("update_refused", str(error.cause)) from error
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        raise Unavailable("The process has not answered the update yet") from error
    return ""
