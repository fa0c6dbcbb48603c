"""What a deletion waits for, looked at again when it erases; under a legal hold nothing of it ends."""

from datetime import UTC, datetime

from activities import deletions, legal_holds
from activities.deletion_erasing import DeletionErasing, EraseOrder
from activities.deletion_steps import DeletionStanding, DeletionSteps
from activities.quarantine import Quarantine
from db.engine import Database
from domain.audit import SYSTEM
from domain.deletion import Deletion
from domain.quarantine import ReleaseScope
from tests.deleting import LETTERS, deletion, house, steps
from tests.monthend import one, report, rows
from tests.privacy import NOW, House, run
from tests.world import Line, a_price

__all__ = ["deletion", "house", "steps"]

TO_INVOICE = "its last usage and charges to be invoiced"
TO_PRICE = "its usage in quarantine to get a price and be released"
_CHARGES = """insert into recurring_charges
  (id, organization_id, kind, description, monthly_nanos, starts_on, created_at)
  values (uuidv7(), :org, 'add_on', 'Support', 31000000000, '2026-01-01', now()),
         (uuidv7(), :org, 'add_on', 'Later', 31000000000, '2099-01-01', now())"""


async def erase(database: Database, deletion: Deletion) -> DeletionStanding:
    order = EraseOrder(deletion_id=deletion.shown_id, archive_seconds=86_400)
    return await DeletionErasing(database, LETTERS).erase_organization(order)


async def hold(database: Database, house: House) -> None:
    facts = {"reason": "a lawsuit", "by": house.id_of("sam"), "actor": SYSTEM, "now": datetime.now(UTC)}
    async with database.begin() as tx:
        await legal_holds.place(tx, organization_id=house.acme, **facts)


async def test_usage_that_came_after_the_beginning_is_invoiced_before_anything_is_erased(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await report(database, Line(house.acme, "late", datetime.now(UTC)))
    standing = await erase(database, deletion)
    assert (standing.state, standing.obstacle) == ("finishing", TO_INVOICE)


async def test_late_usage_that_credit_paid_for_waits_for_its_invoice_too(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await run(database, "update usage set billed_in = date_trunc('month', now() + interval '2 days')::date")
    assert (await erase(database, deletion)).obstacle == TO_INVOICE


async def test_usage_without_a_price_is_waited_for_until_it_is_released_and_invoiced(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await report(database, Line(house.acme, "new", NOW, model="gpt-9"))
    assert (await steps.begin_finishing(deletion.shown_id)).obstacle == TO_PRICE
    async with database.begin() as tx:
        warnings = (await deletions.preview(tx, organization_id=house.acme)).warnings
    assert any("released from quarantine" in warning for warning in warnings)
    await a_price(database, model="gpt-9")
    await Quarantine(database).release(ReleaseScope(), actor=SYSTEM, now=NOW)
    assert (await steps.begin_finishing(deletion.shown_id)).obstacle == TO_INVOICE


async def test_a_charge_that_would_begin_later_is_kept_in_the_audit_log(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await run(database, _CHARGES, org=house.acme)
    for _ in range(2):
        await steps.begin_finishing(deletion.shown_id)
    (gone,) = await rows(database, "select before, after from audit where action = 'recurring_charge.delete'")
    before = {"description": "Later", "monthly": "31.00", "starts_on": "2099-01-01", "ends_on": None}
    assert gone["before"] == {"kind": "add_on", **before}
    assert gone["after"] == {"reason": f"deletion {deletion.shown_id}"}
    assert await one(database, "select count(*) from audit where action = 'recurring_charge.end'") == 1


async def test_under_a_legal_hold_no_charge_ends(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await run(database, _CHARGES, org=house.acme)
    await hold(database, house)
    assert (await steps.begin_finishing(deletion.shown_id)).obstacle == "the legal hold to be lifted"
    charges = await rows(database, "select description, ends_on from recurring_charges order by starts_on")
    assert [tuple(charge.values()) for charge in charges] == [("Support", None), ("Later", None)]
