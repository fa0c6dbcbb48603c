"""How a deletion ends: the last archive, then everything personal erased and certified, then the addresses."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

from temporalio import workflow
from typing_extensions import override

from activities.card_forgetting import CardForgetting
from activities.deletion_erasing import DeletionErasing, EraseOrder
from activities.deletion_letters import DeletionLetter
from activities.deletion_steps import DeletionLetterOrder, DeletionStanding, DeletionSteps
from domain.data_export import export_workflow_id
from domain.pauses import growing
from workflows.following import Following
from workflows.policies import CHUNK, DATABASE, STRIPE, batch_queue

with workflow.unsafe.imports_passed_through():
    from workflows.data_export import DataExport, DataExportInput

TRY_AGAIN = timedelta(hours=6)
# A decision and a legal hold are told of; of a payment's end or a month-end nobody tells, so it looks by itself.
_LOOK, _LOOK_LONGEST = timedelta(hours=1), timedelta(days=1)


def obstacle_pauses() -> Iterator[timedelta]:
    """How long to wait before looking whether an obstacle is still there."""
    return growing(_LOOK, _LOOK_LONGEST)


class Finishing(Following):
    """A deletion's process: how it waits and writes letters, and what it does once nothing is in its way."""

    def __init__(self, deletion_id: str, *, organization_id: str, archives_last: timedelta) -> None:
        super().__init__(
            "organization-deletion", organization_id=organization_id, subject=deletion_id, state="requested"
        )
        self._deletion_id = deletion_id
        self._archive_seconds = archives_last.total_seconds()

    @override
    def refusal_to_cancel(self) -> str:
        """It ends by a decision or a restore, which its organization is told of."""
        return "Refuse it or restore the organization instead"

    @override
    def refusal_to_skip(self) -> str:
        """Its waits protect the client."""
        return "The wait protects the client; it cannot be cut short"

    async def finish(self) -> DeletionStanding:
        """Archive, erase, certify, forget."""
        await self._archive()
        self.enter("erasing", next_step="certificate")
        order = EraseOrder(
            deletion_id=self._deletion_id,
            texts=await self._erase_texts(),
            cards=await self._forget_cards() if workflow.patched("cards") else None,
            archive_seconds=self._archive_seconds,
        )
        pauses = obstacle_pauses()
        while True:
            standing = await workflow.execute_activity_method(
                DeletionErasing.erase_organization, order, summary="erase and certify", **DATABASE
            )
            if standing.state != "finishing":
                break
            await self.rest(standing.obstacle, workflow.now() + next(pauses))
        self.enter("sending the last letters", next_step="erase addresses")
        await self.letters_leave("the last letters to leave")
        await workflow.execute_activity_method(
            DeletionSteps.forget_people, self._deletion_id, summary="addresses", **DATABASE
        )
        return standing

    async def _archive(self) -> None:
        """The last archive; one that cannot be made is tried again: without it nothing is erased."""
        while True:
            self.enter("archiving", next_step="erase")
            order = await workflow.execute_activity_method(
                DeletionSteps.open_archive, self._deletion_id, summary="last archive", **DATABASE
            )
            if order.ready or await self._made(order.export_id):
                return
            self.trouble("The last archive could not be made")
            await self.rest("another try at the archive", workflow.now() + TRY_AGAIN)

    async def _made(self, export_id: str) -> bool:
        result = await workflow.execute_child_workflow(
            DataExport.run,
            DataExportInput(
                export_id=export_id,
                organization_id=self._organization_id,
                lasts_seconds=self._archive_seconds,
            ),
            id=export_workflow_id(export_id),
            static_summary="Last archive of an organization",
        )
        return result.state == "ready"

    async def _erase_texts(self) -> int:
        """Texts of requests and responses first, in portions; a legal hold that comes now stops them."""
        erased, pauses = 0, obstacle_pauses()
        while True:
            texts = await workflow.execute_activity_method(
                DeletionSteps.erase_texts,
                self._deletion_id,
                summary="texts of requests",
                task_queue=batch_queue(),
                **CHUNK,
            )
            erased += texts.erased
            if not texts.held:
                return erased
            await self.rest("the legal hold to be lifted", workflow.now() + next(pauses))

    async def _forget_cards(self) -> int | None:
        """What is saved at the payment provider; before the certificate, which says so."""
        pauses = obstacle_pauses()
        while True:
            forgotten = await workflow.execute_activity_method(
                CardForgetting.forget_cards, self._deletion_id, summary="saved cards", **STRIPE
            )
            if not forgotten.obstacle:
                return forgotten.cards
            await self.rest(forgotten.obstacle, workflow.now() + next(pauses))

    async def tell(self, kind: DeletionLetter) -> None:
        """Afterwards everybody who has to know has the letter, once."""
        order = DeletionLetterOrder(deletion_id=self._deletion_id, kind=kind)
        await workflow.execute_activity_method(
            DeletionSteps.write_deletion_letter, order, summary=kind.replace("_", " "), **DATABASE
        )

    async def step(
        self, step: Callable[[DeletionSteps, str], Awaitable[DeletionStanding]], summary: str
    ) -> DeletionStanding:
        """One step that says where the deletion stands afterwards."""
        return await workflow.execute_activity_method(step, self._deletion_id, summary=summary, **DATABASE)
