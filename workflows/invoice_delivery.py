"""One document on its way to the client: a credit note, an invoice sent again, or one that was held and is released.

A released organization is invoiced first, as a chunk of its own. Then the document is rendered, the mail is put
into the outbox, and collection starts where money is due.
"""

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from typing_extensions import override

from activities.billing_runs import BillingRunSteps, ChunkRef
from activities.deliveries import Batch, DeliverySteps
from workflows.policies import CHUNK, RENDER
from workflows.process import Cancelled, Steering


class InvoiceDeliveryInput(BaseModel):
    """A document by its id without prefix, or a released organization as a run and its chunk."""

    model_config = ConfigDict(frozen=True)

    organization_id: str = ""
    document_id: str = ""
    run_id: str = ""
    chunk: int = 0


class InvoiceDeliveryResult(BaseModel):
    """What was done: documents mailed, collections started."""

    model_config = ConfigDict(frozen=True)

    mailed: int = 0
    collected: int = 0


@workflow.defn
class InvoiceDelivery(Steering):
    """One delivery."""

    @workflow.init
    def __init__(self, given: InvoiceDeliveryInput) -> None:
        subject = given.document_id or given.run_id
        super().__init__("invoice-delivery", organization_id=given.organization_id, subject=subject)

    @workflow.run
    async def run(self, given: InvoiceDeliveryInput) -> InvoiceDeliveryResult:
        """Each step once; cancelled between steps, what was done stays."""
        try:
            return await self._deliver(given)
        except Cancelled:
            self.enter("cancelled")
            return InvoiceDeliveryResult()

    @override
    def refusal_to_cancel(self) -> str:
        """A mail that is on its way, and the collection that follows it, cannot be held any more."""
        on_its_way = self._status.state in ("mailing", "done")
        return "The client is being told already; correct it by a credit note" if on_its_way else ""

    async def _deliver(self, given: InvoiceDeliveryInput) -> InvoiceDeliveryResult:
        batch = Batch(run_id=given.run_id, chunk=given.chunk, document_id=given.document_id)
        if given.run_id:
            await self._invoice(given)
        self.enter("rendering", next_step="mail")
        await workflow.execute_activity_method(
            DeliverySteps.render_documents, batch, summary="document", **RENDER
        )
        await self.checkpoint()
        self.enter("mailing", next_step="start collection")
        mailed = await workflow.execute_activity_method(
            DeliverySteps.mail_documents, batch, summary="mail", **CHUNK
        )
        collected = await workflow.execute_activity_method(
            DeliverySteps.start_collections, batch, summary="collection", **CHUNK
        )
        self.enter("done")
        return InvoiceDeliveryResult(mailed=mailed, collected=collected)

    async def _invoice(self, given: InvoiceDeliveryInput) -> None:
        self.enter("invoicing", next_step="render")
        chunk = ChunkRef(run_id=given.run_id, chunk=given.chunk, at=workflow.now())
        await workflow.execute_activity_method(
            BillingRunSteps.invoice_chunk, chunk, summary="the released organization", **CHUNK
        )
        await self.checkpoint()
