"""What a namespace needs before the first process: search attributes and a long memory. Safe to repeat."""

from datetime import timedelta

import structlog
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from gateways.temporal import attributes

log = structlog.get_logger(__name__)
RETENTION = timedelta(days=365)
_TYPES = {
    attributes.ORGANIZATION.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    attributes.SUBJECT.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    attributes.STAGE.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    attributes.DUE.name: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}
# Clusters run by others keep these two in their own hands; the names of what to set are in docs/processes.md.
_NOT_OURS = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)


async def prepare(client: Client) -> None:
    """Registers the search attributes and raises the retention of closed processes to a year."""
    for step in (_register_attributes, _raise_retention):
        try:
            await step(client)
        except RPCError as error:
            if error.status not in _NOT_OURS:
                raise
            log.warning("namespace is managed elsewhere", step=step.__name__, detail=error.message)


async def _register_attributes(client: Client) -> None:
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {name: kind for name, kind in _TYPES.items() if name not in known.custom_attributes}
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:  # another process was quicker
            raise


async def _raise_retention(client: Client) -> None:
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    if described.config.workflow_execution_retention_ttl.ToTimedelta() >= RETENTION:
        return
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace, config=NamespaceConfig(workflow_execution_retention_ttl=retention)
        )
    )
