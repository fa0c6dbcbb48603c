"""Who acts, carried in headers from the door through the workflow to the activity that writes the audit row.

Headers are not encrypted, so they name the actor by kind and id, and the request by its id; nothing else.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from temporalio import client, worker, workflow
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter
from typing_extensions import override

from domain.audit import SYSTEM, Actor
from domain.intent import actor_facts, actor_from

HEADER = "backoffice-actor"
_acting: ContextVar[Actor] = ContextVar("backoffice_actor", default=SYSTEM)

Headers = Mapping[str, Payload]


def current() -> Actor:
    """Who acts here: in a door, in a workflow's handler, in an activity; the system when nobody did."""
    return _acting.get()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """What is started, signalled or updated inside is done in the name of `actor`."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def adopt(actor: Actor) -> None:
    """From here on this task acts in the name of `actor`."""
    _acting.set(actor)


def _with_actor(headers: Headers) -> dict[str, Payload]:
    if current() == SYSTEM:
        return dict(headers)
    return {**headers, HEADER: PayloadConverter.default.to_payload(actor_facts(current()))}


def _adopt(headers: Headers) -> None:
    """Makes the sender's actor the current one of this task."""
    if HEADER in headers:
        _acting.set(actor_from(PayloadConverter.default.from_payload(headers[HEADER], dict[str, str])))


class ActorInterceptor(client.Interceptor, worker.Interceptor):
    """Put it on the client only; workers of that client take it from there."""

    @override
    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """Sends the actor along."""
        return _ClientOutbound(next)

    @override
    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        """Receives the actor in activities."""
        return _ActivityInbound(next)

    @override
    def workflow_interceptor_class(
        self,
        input: worker.WorkflowInterceptorClassInput,
    ) -> type[worker.WorkflowInboundInterceptor]:
        """Receives the actor in workflows, and sends it on."""
        return _WorkflowInbound


class _ClientOutbound(client.OutboundInterceptor):
    @override
    async def start_workflow(self, input: client.StartWorkflowInput) -> client.WorkflowHandle[Any, Any]:
        input.headers = _with_actor(input.headers)
        return await super().start_workflow(input)

    @override
    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:
        input.headers = _with_actor(input.headers)
        await super().signal_workflow(input)

    @override
    async def start_workflow_update(
        self, input: client.StartWorkflowUpdateInput
    ) -> client.WorkflowUpdateHandle[Any]:
        input.headers = _with_actor(input.headers)
        return await super().start_workflow_update(input)

    @override
    async def start_update_with_start_workflow(
        self,
        input: client.StartWorkflowUpdateWithStartInput,
    ) -> client.WorkflowUpdateHandle[Any]:
        start, update = input.start_workflow_input, input.update_workflow_input
        start.headers, update.headers = _with_actor(start.headers), _with_actor(update.headers)
        return await super().start_update_with_start_workflow(input)


class _ActivityInbound(worker.ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        _adopt(input.headers)
        return await super().execute_activity(input)


class _WorkflowInbound(worker.WorkflowInboundInterceptor):
    @override
    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_WorkflowOutbound(outbound))

    @override
    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        _adopt(input.headers)
        return await super().execute_workflow(input)

    @override
    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        _adopt(input.headers)
        await super().handle_signal(input)

    @override
    async def handle_update_handler(self, input: worker.HandleUpdateInput) -> Any:
        _adopt(input.headers)
        return await super().handle_update_handler(input)


class _WorkflowOutbound(worker.WorkflowOutboundInterceptor):
    @override
    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = _with_actor(input.headers)
        return super().start_activity(input)

    @override
    def start_local_activity(self, input: worker.StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = _with_actor(input.headers)
        return super().start_local_activity(input)

    @override
    async def start_child_workflow(
        self, input: worker.StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        input.headers = _with_actor(input.headers)
        return await super().start_child_workflow(input)

    @override
    async def signal_external_workflow(self, input: worker.SignalExternalWorkflowInput) -> None:
        input.headers = _with_actor(input.headers)
        await super().signal_external_workflow(input)

    @override
    def continue_as_new(self, input: worker.ContinueAsNewInput) -> NoReturn:
        input.headers = _with_actor(input.headers)
        super().continue_as_new(input)
