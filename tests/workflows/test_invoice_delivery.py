"""One document on its way: rendered, mailed, and collected from where money is due."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from activities.billing_runs import BillingRunSteps
from activities.deliveries import Batch, DeliverySteps
from activities.documents import Printer
from activities.registry import activities_of
from db.engine import Database
from db.invoicing.chunk import Terms
from tests.monthend import close_month, one, report, rows
from tests.temporal import Temporal, running
from tests.world import Line, a_price, an_organization
from workflows.invoice_delivery import InvoiceDelivery, InvoiceDeliveryInput, InvoiceDeliveryResult
from workflows.process import Act, Status

Handle = WorkflowHandle[InvoiceDelivery, InvoiceDeliveryResult]


@pytest.fixture
async def alice(database: Database) -> UUID:
    """Alice, whose October is invoiced and not yet delivered."""
    await a_price(database)
    alice = await an_organization(database)
    await report(database, Line(alice, input_tokens=1_000_000))
    await close_month(database)
    return alice


@pytest.fixture
async def workers(database: Database, temporal: Temporal) -> AsyncIterator[None]:
    printer = Printer(public_url="http://test", link_secret="secret")
    steps = (BillingRunSteps(database, Terms()), DeliverySteps(database, printer))
    async with running(
        temporal, [InvoiceDelivery], [step for group in steps for step in activities_of(group)]
    ):
        yield


async def deliver(database: Database, temporal: Temporal) -> Handle:
    document = await one(database, "select id from invoices where kind = 'invoice'")
    return await temporal.client.start_workflow(
        InvoiceDelivery.run,
        InvoiceDeliveryInput(document_id=str(document)),
        id=f"invoice-delivery/{uuid.uuid4()}",
        task_queue=temporal.task_queue,
    )


async def test_a_document_is_mailed_and_its_collection_begins(
    database: Database, temporal: Temporal, alice: UUID, workers: None
) -> None:
    result = await (await deliver(database, temporal)).result()
    assert result == InvoiceDeliveryResult(mailed=1, collected=1)
    assert [mail["kind"] for mail in await rows(database, "select kind from mails")] == ["invoice_issued"]
    assert await one(database, "select workflow from intents") == "Collection"


async def test_a_delivery_that_is_repeated_mails_nothing_twice(
    database: Database, temporal: Temporal, alice: UUID, workers: None
) -> None:
    for _ in range(2):
        await (await deliver(database, temporal)).result()
    assert await one(database, "select count(*) from mails") == 1
    assert await one(database, "select count(*) from intents") == 1


async def test_a_delivery_can_be_cancelled_before_anybody_is_told(
    database: Database, temporal: Temporal, alice: UUID
) -> None:
    handle = await deliver(database, temporal)
    printer = Printer(public_url="http://test", link_secret="secret")
    async with running(temporal, [InvoiceDelivery], activities_of(DeliverySteps(database, printer))):
        await handle.execute_update("cancel", Act(reason="wrong address"), result_type=Status)
        assert await handle.result() == InvoiceDeliveryResult()
    assert await one(database, "select count(*) from mails") == 0


async def test_a_delivery_that_tells_the_client_already_cannot_be_cancelled(
    database: Database, temporal: Temporal, alice: UUID
) -> None:
    begun, released = asyncio.Event(), asyncio.Event()

    @activity.defn
    async def mail_documents(_batch: Batch) -> int:
        begun.set()
        await released.wait()
        return 1

    handle = await deliver(database, temporal)
    steps = activities_of(DeliverySteps(database, Printer(public_url="http://test", link_secret="secret")))
    others = [step for step in steps if step.__name__ != "mail_documents"]
    async with running(temporal, [InvoiceDelivery], [*others, mail_documents]):
        await begun.wait()
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update("cancel", Act(reason="too late"), result_type=Status)
        released.set()
        assert await handle.result() == InvoiceDeliveryResult(mailed=1, collected=1)
