"""The outbox: a mail is written once for its reason and given to one sender."""

from datetime import timedelta
from uuid import UUID

from db import mails
from db.engine import Database
from domain.mail import LEASE
from tests.owed import NOW, organization


async def queued(database: Database, *, key: str = "invoice:1", organization_id: UUID | None = None) -> UUID:
    async with database.begin() as tx:
        return await mails.queue(
            tx,
            key=key,
            kind="invoice",
            organization_id=organization_id,
            subject_id="in_1",
            recipient="alice@example.com",
            subject="Your invoice",
            text="Hello",
            html="<p>Hello</p>",
            now=NOW,
        )


async def test_a_mail_is_queued_once_for_its_key(database: Database) -> None:
    assert await queued(database) == await queued(database)
    async with database.begin() as tx:
        assert len(await mails.list_page(tx, filters=mails.Filters(), after=None, limit=10)) == 1


async def test_two_senders_never_claim_the_same_mail(database: Database) -> None:
    await queued(database)
    async with database.begin() as first, database.begin() as second:
        assert len(await mails.claim(first, now=NOW, limit=10)) == 1
        assert await mails.claim(second, now=NOW, limit=10) == []


async def test_a_mail_waits_for_its_time(database: Database) -> None:
    mail_id = await queued(database)
    async with database.begin() as tx:
        await mails.claim(tx, now=NOW, limit=10)
        await mails.put_back(tx, mail_id=mail_id, due_at=NOW + timedelta(minutes=1), error="busy")
        assert await mails.claim(tx, now=NOW, limit=10) == []
        again = await mails.claim(tx, now=NOW + timedelta(minutes=2), limit=10)
    assert [mail.attempts for mail in again] == [2]


async def test_a_sending_that_was_interrupted_becomes_unconfirmed(database: Database) -> None:
    mail_id = await queued(database)
    async with database.begin() as tx:
        await mails.claim(tx, now=NOW, limit=10)
        later = NOW + LEASE + timedelta(seconds=1)
        assert await mails.release_interrupted(tx, now=later, to="unconfirmed") == 1
        assert (await mails.get(tx, mail_id=mail_id)).state == "unconfirmed"
        assert await mails.claim(tx, now=later, limit=10) == []


async def test_a_late_answer_settles_what_was_unconfirmed(database: Database) -> None:
    mail_id = await queued(database)
    async with database.begin() as tx:
        await mails.set_state(tx, mail_id=mail_id, state="unconfirmed", error="interrupted")
        await mails.mark_sent(tx, mail_id=mail_id, transport="smtp", message_id="<1>", now=NOW)
        mail = await mails.get(tx, mail_id=mail_id)
    assert (mail.state, mail.last_error) == ("sent", "")


async def test_the_outbox_is_searched_by_recipient_and_subject(database: Database) -> None:
    await queued(database)
    async with database.begin() as tx:
        for search, found in (("ALICE@", 1), ("your inv", 1), ("bob", 0), ("100%", 0)):
            page = await mails.list_page(tx, filters=mails.Filters(search=search), after=None, limit=10)
            assert len(page) == found


async def test_mails_are_listed_by_state_and_those_that_did_not_arrive_together(database: Database) -> None:
    for state in ("bounced", "failed", "unconfirmed", "delivered"):
        mail_id = await queued(database, key=state)
        async with database.begin() as tx:
            await mails.set_state(tx, mail_id=mail_id, state=state, error="")
    async with database.begin() as tx:
        for wanted, found in (("undelivered", 3), ("bounced", 1), ("queued", 0)):
            page = await mails.list_page(tx, filters=mails.Filters(state=wanted), after=None, limit=10)
            assert len(page) == found


async def test_a_client_sees_only_mails_of_its_own_organization(database: Database) -> None:
    alices, charlies = await organization(database), await organization(database)
    await queued(database, organization_id=alices)
    async with database.client(charlies) as tx:
        assert await mails.list_page(tx, filters=mails.Filters(), after=None, limit=10) == []
    async with database.client(alices) as tx:
        assert len(await mails.list_page(tx, filters=mails.Filters(), after=None, limit=10)) == 1
