"""The inbox: stored once, in order per object, tried again, parked, replayed."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from activities.webhooks import SendGridReports, WebhookInbox, replay, replay_parked, sendgrid_arrivals
from db import mails, webhooks
from db.engine import Database
from domain.audit import SYSTEM
from domain.errors import WrongState
from domain.ids import new_id, show
from domain.webhook import LAST_ATTEMPT, Arrival, Webhook
from gateways.errors import Refused, Unavailable

NOW = datetime.now(UTC) - timedelta(hours=1)


@dataclass
class Reader:
    """Remembers what it handled, or fails on events of a kind."""

    fails_on: str = ""
    failure: Exception = field(default_factory=lambda: KeyError("customer"))
    seen: list[str] = field(default_factory=list)

    async def handle(self, webhook: Webhook) -> str:
        if webhook.kind == self.fails_on:
            raise self.failure
        self.seen.append(webhook.event_id)
        return "" if webhook.kind == "paid" else "not ours"


def event(event_id: str, *, at: int = 0, about: str = "pi_1", kind: str = "paid") -> Arrival:
    return Arrival(
        source="stripe",
        event_id=event_id,
        kind=kind,
        object_id=about,
        occurred_at=NOW + timedelta(seconds=at),
        body=b"{}",
    )


async def stored(database: Database, *arrivals: Arrival) -> list[UUID]:
    async with database.begin() as tx:
        return await webhooks.store(tx, arrivals, now=NOW)


async def found(database: Database, webhook_id: UUID) -> Webhook:
    async with database.begin() as tx:
        return await webhooks.get(tx, webhook_id=webhook_id)


async def make_due(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(
            text("update webhooks set due_at = now() - interval '1 second' where state = 'received'")
        )


async def test_an_event_is_stored_once(database: Database) -> None:
    assert len(await stored(database, event("evt_1"), event("evt_2"))) == 2
    assert await stored(database, event("evt_1")) == []


async def test_events_about_one_thing_are_handled_in_their_order(database: Database) -> None:
    reader = Reader()
    inbox = WebhookInbox(database, {"stripe": reader})
    await stored(database, event("late", at=2), event("early", at=1), event("other", about="pi_2", at=3))
    while await inbox.run_once():
        pass
    assert reader.seen.index("early") < reader.seen.index("late")
    assert sorted(reader.seen) == ["early", "late", "other"]


async def test_an_event_handled_at_once_waits_for_older_ones_of_its_object(database: Database) -> None:
    reader = Reader()
    inbox = WebhookInbox(database, {"stripe": reader})
    await stored(database, event("early", at=1))
    (late,) = await stored(database, event("late", at=2))
    await inbox.handle_now([late])
    assert reader.seen == []
    assert await inbox.run_once() + await inbox.run_once() == 2
    assert reader.seen == ["early", "late"]


async def test_handled_and_ignored_are_told_apart(database: Database) -> None:
    ours, others = await stored(database, event("a"), event("b", about="x", kind="opened"))
    await WebhookInbox(database, {"stripe": Reader()}).run_once()
    assert (await found(database, ours)).state == "handled"
    ignored = await found(database, others)
    assert (ignored.state, ignored.last_error) == ("ignored", "not ours")


async def test_a_failing_event_is_tried_again_and_parked_at_last_while_others_go_on(
    database: Database,
) -> None:
    (poison,) = await stored(database, event("poison", kind="bad"))
    await stored(database, event("good", about="pi_2"))
    reader = Reader(fails_on="bad")
    inbox = WebhookInbox(database, {"stripe": reader})
    for _ in range(LAST_ATTEMPT):
        await inbox.run_once()
        await make_due(database)
    webhook = await found(database, poison)
    assert (webhook.state, webhook.attempts, webhook.last_error) == (
        "parked",
        LAST_ATTEMPT,
        "KeyError: 'customer'",
    )
    assert reader.seen == ["good"]


async def test_an_event_waits_as_long_as_its_provider_is_away(database: Database) -> None:
    (waiting,) = await stored(database, event("1", kind="bad"))
    inbox = WebhookInbox(database, {"stripe": Reader("bad", Unavailable("Stripe is away"))})
    for _ in range(LAST_ATTEMPT + 2):
        await inbox.run_once()
        await make_due(database)
    webhook = await found(database, waiting)
    assert (webhook.state, webhook.last_error) == ("received", "Unavailable: Stripe is away")
    await WebhookInbox(database, {"stripe": Reader()}).run_once()
    assert (await found(database, waiting)).state == "ignored"


async def test_what_failed_while_the_provider_was_away_does_not_count_towards_parking(
    database: Database,
) -> None:
    (waiting,) = await stored(database, event("1", kind="bad"))
    away = WebhookInbox(database, {"stripe": Reader("bad", Unavailable("Stripe is away"))})
    back = WebhookInbox(database, {"stripe": Reader("bad")})
    for inbox in [back] + [away] * LAST_ATTEMPT + [back] * (LAST_ATTEMPT - 2):
        await inbox.run_once()
        await make_due(database)
    assert ((await found(database, waiting)).state, (await found(database, waiting)).attempts) == (
        "received",
        LAST_ATTEMPT - 1,
    )
    await back.run_once()
    assert (await found(database, waiting)).state == "parked"


async def test_a_parked_event_lets_later_ones_of_its_object_pass(database: Database) -> None:
    (poison,) = await stored(database, event("poison", kind="bad"))
    await stored(database, event("after", at=1))
    async with database.begin() as tx:
        await webhooks.finish(tx, webhook_id=poison, state="parked", now=NOW)
    reader = Reader(fails_on="bad")
    await WebhookInbox(database, {"stripe": reader}).run_once()
    assert reader.seen == ["after"]


async def test_parked_events_are_replayed_one_or_many(database: Database) -> None:
    one, two = await stored(database, event("1"), event("2", about="x"))
    async with database.begin() as tx:
        for webhook_id in (one, two):
            await webhooks.finish(tx, webhook_id=webhook_id, state="parked", now=NOW, note="broken")
        again = await replay(tx, webhook_id=one, actor=SYSTEM, now=NOW)
        assert (again.state, again.attempts, again.last_error) == ("received", 0, "")
        assert await replay_parked(tx, actor=SYSTEM, now=NOW, limit=10) == [two]
        with pytest.raises(WrongState, match="waits"):
            await replay(tx, webhook_id=one, actor=SYSTEM, now=NOW)
    reader = Reader()
    await WebhookInbox(database, {"stripe": reader}).run_once()
    assert sorted(reader.seen) == ["1", "2"]


async def test_an_event_whose_handler_died_is_taken_again(database: Database) -> None:
    await stored(database, event("1"))
    async with database.begin() as tx:
        assert len(await webhooks.claim(tx, now=NOW, limit=10)) == 1
        assert await webhooks.claim(tx, now=NOW + timedelta(seconds=59), limit=10) == []
        assert len(await webhooks.claim(tx, now=NOW + timedelta(seconds=61), limit=10)) == 1


def report(mail_id: UUID, name: str) -> dict[str, object]:
    return {
        "sg_event_id": f"{name}-1",
        "event": name,
        "timestamp": 1_790_000_000,
        "outbox_id": show("mail", mail_id),
    }


async def test_sendgrid_tells_what_became_of_a_mail(database: Database) -> None:
    async with database.begin() as tx:
        facts = {"kind": "invoice", "subject_id": "", "subject": "s", "text": "t", "html": "h", "now": NOW}
        mail_id = await mails.queue(tx, key="1", organization_id=None, recipient="alice@example.com", **facts)
    payload = json.dumps(
        [report(mail_id, "bounce"), report(mail_id, "delivered"), report(new_id(), "bounce"), {}]
    )
    arrivals = sendgrid_arrivals(payload.encode())
    await stored(database, arrivals[0], arrivals[1])
    inbox = WebhookInbox(database, {"sendgrid": SendGridReports(database)})
    while await inbox.run_once():
        pass
    async with database.begin() as tx:
        assert (await mails.get(tx, mail_id=mail_id)).state == "bounced"


@pytest.mark.parametrize("payload", [b"", b"{}", b"[1]", b'"x"'])
def test_what_is_no_list_of_reports_is_refused(payload: bytes) -> None:
    with pytest.raises(Refused):
        sendgrid_arrivals(payload)
