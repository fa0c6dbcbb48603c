"""How workflows are run: the same sandbox for worker, tests and replay.

The product's own rooms and the libraries they need are loaded once and passed through: loaded anew for every
run they would cost 300 ms and 16 MB each. Whatever a workflow imports beyond that is refused when the worker
starts, so nobody pays unknowingly. A workflow that needs another one's types imports them under
`with workflow.unsafe.imports_passed_through():`.
"""

from importlib import import_module
from types import ModuleType

from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.worker.workflow_sandbox._runner import _Instance
from temporalio.workflow import SandboxImportNotificationPolicy
from typing_extensions import override

PASSED_THROUGH = (
    "activities",
    "db",
    "domain",
    "gateways",
    "workflows.following",
    "workflows.policies",
    "workflows.process",
    "workflows.status",
)


def workflow_runner() -> SandboxedWorkflowRunner:
    """A sandbox that passes the product's rooms through and refuses any other import."""
    policy = (
        SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
        | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    )
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return _Runner(restrictions=restrictions.with_import_notification_policy(policy))


class _Runner(SandboxedWorkflowRunner):
    @override
    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Sandboxed(det, self.runner_class, self.restrictions)


class _Sandboxed(_Instance):
    """The SDK exempts only the workflow's own module from the refusal; its packages are given empty here."""

    @override
    def _create_instance(self) -> None:
        parts = self.instance_details.defn.cls.__module__.split(".")
        for package in ("workflows", *(".".join(parts[:depth]) for depth in range(1, len(parts)))):
            empty = ModuleType(package)
            empty.__path__ = list(import_module(package).__path__)
            self.importer.new_modules[package] = empty
        super()._create_instance()
