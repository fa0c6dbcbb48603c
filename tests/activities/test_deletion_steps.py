"""Steps of a deletion: run twice they are run once, and what is in the way stops them."""

import json
from datetime import UTC, datetime

from temporalio.testing import ActivityEnvironment

from activities import deletions, legal_holds
from activities.deletion_erasing import DeletionErasing, EraseOrder
from activities.deletion_steps import DeletionLetterOrder, DeletionSteps
from activities.housekeeping import Day, HousekeepingSteps
from db import billing_run_items, billing_runs
from db.engine import Database
from domain.audit import SYSTEM
from domain.certificate import Certificate
from domain.deletion import Deletion
from gateways.signing import is_signed
from tests.deleting import LETTERS, deletion, house, steps
from tests.monthend import a_run, hand_over, one, rows
from tests.privacy import House, run

__all__ = ["deletion", "house", "steps"]


async def erase(database: Database, deletion: Deletion) -> str:
    order = EraseOrder(deletion_id=deletion.shown_id, texts=3, archive_seconds=86_400)
    return (await DeletionErasing(database, LETTERS).erase_organization(order)).state


async def test_a_letter_is_written_once(database: Database, steps: DeletionSteps, deletion: Deletion) -> None:
    order = DeletionLetterOrder(deletion_id=deletion.shown_id, kind="deletion_approved")
    for _ in range(2):
        assert await steps.write_deletion_letter(order) == 1
    assert await one(database, "select count(*) from mails where kind = 'deletion_approved'") == 1


async def test_erasing_twice_is_erasing_once(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    for _ in range(2):
        await steps.begin_finishing(deletion.shown_id)
        assert await erase(database, deletion) == "deleted"
    for _ in range(2):
        await steps.forget_people(deletion.shown_id)
    assert await one(database, "select count(*) from certificates") == 1
    assert await one(database, "select count(*) from mails where kind = 'deletion_done'") == 1


async def test_processes_of_its_invitations_alone_are_told_that_theirs_are_erased(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await run(
        database,
        """insert into invites (id, organization_id, email, role, state, generation, inviter, began_at, created_at,
                                expires_at, trouble)
           select uuidv7(), place, email, 'admin', 'sent', 1, 'Alice', now(), now(), now() + interval '5 days', ''
             from (values (cast(:org as uuid), 'nina@example.com'), (null, 'sam@example.com')) as v (place, email)""",
        org=house.acme,
    )
    await steps.begin_finishing(deletion.shown_id)
    assert await erase(database, deletion) == "deleted"
    told = await rows(database, "select payload, organization_id from intents where workflow = 'Invite'")
    assert [(each["payload"]["reason"], each["organization_id"]) for each in told] == [("erased", house.acme)]


async def test_what_law_demands_stays_and_what_is_personal_goes(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    before = await rows(database, "select count(*) as n, sum(amount_nanos) as total from postings")
    await run(
        database,
        "insert into usage_payloads values (:org, 'r1', now(), 'question', 'answer')",
        org=house.acme,
    )
    await steps.begin_finishing(deletion.shown_id)
    assert (await ActivityEnvironment().run(steps.erase_texts, deletion.shown_id)).erased == 1
    await erase(database, deletion)
    assert await rows(database, "select count(*) as n, sum(amount_nanos) as total from postings") == before
    assert await one(database, "select count(*) from usage") == 1
    assert await one(database, "select count(*) from usage_payloads") == 0
    assert await one(database, "select buyer ->> 'name' from invoices") == "Acme"
    assert await one(database, "select count(*) from organizations where name = 'Acme'") == 0
    assert await one(database, "select count(*) from audit where organization_id = :org", org=house.acme) > 0


async def test_somebody_who_belongs_elsewhere_keeps_their_account(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await erase(database, deletion)
    await steps.forget_people(deletion.shown_id)
    names = await rows(database, "select name from users where kind = 'client' order by id")
    assert [row["name"] for row in names] == ["Erased person", "Bob", "Charlie"]
    assert (
        await one(database, "select count(*) from memberships where organization_id = :org", org=house.acme)
        == 0
    )


async def test_the_certificate_says_what_went_and_is_signed(
    database: Database, steps: DeletionSteps, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await erase(database, deletion)
    (row,) = await rows(database, "select * from certificates")
    certificate = Certificate(**row)
    assert is_signed(certificate.document, signature=certificate.signature, public_key=certificate.public_key)
    facts = json.loads(certificate.document)
    assert facts["organization"]["name"] == "Acme"
    assert {"what": "texts of requests and responses", "count": 3} in facts["erased"]
    assert {part["what"] for part in facts["kept"]} >= {
        "postings",
        "usage records",
        "entries of the audit log",
    }
    assert not is_signed(
        certificate.document + " ", signature=certificate.signature, public_key=certificate.public_key
    )


async def test_a_hold_that_comes_late_stops_the_erasing_itself(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    async with database.begin() as tx:
        await legal_holds.place(
            tx,
            organization_id=house.acme,
            reason="late",
            by=house.id_of("sam"),
            actor=SYSTEM,
            now=datetime.now(UTC),
        )
    assert (await ActivityEnvironment().run(steps.erase_texts, deletion.shown_id)).held
    assert await erase(database, deletion) == "finishing"


async def test_where_invoices_go_is_kept_while_one_is_open_and_forgotten_after(
    database: Database, steps: DeletionSteps, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await erase(database, deletion)
    mine = "select billing_email from organizations where state = 'deleted'"
    assert await one(database, mine) == "alice@example.com"
    await run(
        database, "update invoices set state = 'paid', amount_paid_nanos = amount_due_nanos, paid_at = now()"
    )
    housekeeping = HousekeepingSteps(database)
    assert [await housekeeping.forget_settled_contacts(Day(at=datetime.now(UTC))) for _ in range(2)] == [1, 0]
    assert (await one(database, mine)).endswith("@erased.invalid")


async def test_the_archive_of_a_deletion_is_asked_for_once(
    database: Database, steps: DeletionSteps, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    first, second = [await steps.open_archive(deletion.shown_id) for _ in range(2)]
    assert first == second


async def test_no_text_is_kept_of_usage_that_is_reported_after_the_deletion(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await erase(database, deletion)
    await run(
        database,
        "insert into usage_payloads values (:org, 'late', now(), 'question', 'answer')",
        org=house.acme,
    )
    assert await one(database, "select count(*) from usage_payloads") == 0


async def test_charges_end_with_the_grace_period_and_their_last_days_are_waited_for(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await run(
        database,
        """insert into recurring_charges (id, organization_id, kind, description, monthly_nanos, starts_on, created_at)
           values (uuidv7(), :org, 'add_on', 'Support', 31, '2026-01-01', now()),
                  (uuidv7(), :org, 'add_on', 'Later', 31, '2099-01-01', now())""",
        org=house.acme,
    )
    held_up = await steps.begin_finishing(deletion.shown_id)
    assert (held_up.state, held_up.obstacle) == ("grace", "its last usage and charges to be invoiced")
    ended = await rows(
        database, "select description, ends_on <= current_date + 1 as over from recurring_charges"
    )
    assert [tuple(charge.values()) for charge in ended] == [("Support", True)]
    assert await one(database, "select count(*) from audit where action = 'recurring_charge.end'") == 1
    await run(database, "update wallets set invoiced_until = now() + interval '32 days'")
    assert (await steps.begin_finishing(deletion.shown_id)).state == "finishing"


async def test_an_invoice_that_was_not_sent_is_waited_for_and_not_told(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await run(database, "update invoices set delivered_at = null")
    assert (await steps.begin_finishing(deletion.shown_id)).state == "grace"
    async with database.begin() as tx:
        assert (await deletions.preview(tx, organization_id=house.acme)).money.open_invoices == 0
    await hand_over(database)
    assert (await steps.begin_finishing(deletion.shown_id)).state == "finishing"


async def test_a_deleted_organization_is_in_no_month_end(
    database: Database, steps: DeletionSteps, house: House, deletion: Deletion
) -> None:
    await steps.begin_finishing(deletion.shown_id)
    await erase(database, deletion)
    fresh = await a_run(database)
    async with database.begin() as tx:
        assert await billing_run_items.freeze(tx, fresh, size=200) == (1, 1)
        assert await billing_runs.known(tx, organization_ids=[house.acme, house.other]) == {house.other}
