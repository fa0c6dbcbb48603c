"""An invitation until it is answered, taken back, or its time is up."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from activities.invites import tell_of_erasure, tell_process
from activities.mails import note_report
from db import audit, invites, users
from db.erasing import people
from domain.audit import Entry
from domain.ids import show
from domain.invite import InviteReplaced, InviteRevoked
from gateways.mail import MailEvent
from tests.api.conftest import user
from tests.invitations import DAY, WEEK, Inviting, inviting_office
from tests.temporal import reached
from workflows.process import Act

__all__ = ["inviting_office"]


async def test_nobody_comes_two_reminders_then_it_expires_and_the_inviter_is_told(
    inviting_office: Inviting,
) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    await inviting_office.fast_forward(handle, DAY * 3.5 + timedelta(seconds=1))
    await inviting_office.followed(invite, "last reminder")
    await inviting_office.fast_forward(handle, DAY * 2.5)
    await inviting_office.followed(invite, "it expires, and the inviter is told")
    await inviting_office.fast_forward(handle, DAY + timedelta(seconds=1))
    assert await inviting_office.ended(handle) == "expired"
    assert await inviting_office.state(invite) == "expired"
    assert await inviting_office.kinds() == ["invite", "invite_reminder", "invite_reminder", "invite_expired"]
    first, _, last, told = await inviting_office.letters()
    assert ("last reminder" in last.text, told.recipient) == (True, "alice@example.com")
    assert first.text.count("/invite/") == 1
    assert await inviting_office.audited() == ["invite.create", "invite.expire"]


async def test_it_ends_when_the_person_accepts_even_by_a_reminders_link(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    await inviting_office.fast_forward(handle, DAY * 3.5 + timedelta(seconds=1))
    await inviting_office.followed(invite, "last reminder")
    await inviting_office.join(invite, await inviting_office.token())
    assert await inviting_office.ended(handle) == "accepted"
    assert await inviting_office.audited() == ["invite.create", "invite.accept", "member.join"]


async def test_sending_it_anew_makes_a_new_link_and_starts_the_clock_again(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    await inviting_office.fast_forward(handle, DAY * 3.5 + timedelta(seconds=1))
    await inviting_office.followed(invite, "last reminder")
    again = await inviting_office.act("resend", invite, email=None, lasts=WEEK * 2)
    await reached(handle, lambda s: s.next_step == "reminder" and bool(s.until))
    with pytest.raises(InviteReplaced):
        await inviting_office.join(invite, await inviting_office.token(0))
    assert (await inviting_office.join(again, await inviting_office.token())).generation == 2
    assert await inviting_office.ended(handle) == "accepted"


async def test_an_expired_one_can_be_sent_again(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite(lasts=DAY)
    handle = await inviting_office.followed(invite, "last reminder")
    await handle.execute_update("skip_wait", Act(reason="remind now"))
    await inviting_office.followed(invite, "it expires, and the inviter is told")
    await handle.execute_update("skip_wait", Act(reason="enough"))
    assert await inviting_office.ended(handle) == "expired"
    await inviting_office.act("resend", invite, email=None, lasts=WEEK)
    await inviting_office.followed(invite)
    await inviting_office.join(invite, await inviting_office.token())
    assert await inviting_office.ended(inviting_office.handle(invite)) == "accepted"


async def test_taken_back_it_ends_and_its_link_says_so(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    await inviting_office.act("revoke", invite)
    assert await inviting_office.ended(handle) == "revoked"
    with pytest.raises(InviteRevoked):
        await inviting_office.join(invite, await inviting_office.token())


async def test_a_letter_that_came_back_is_shown_and_goes_to_a_corrected_address(
    inviting_office: Inviting,
) -> None:
    invite = await inviting_office.invite("bob@exmaple.com")
    handle = await inviting_office.followed(invite)
    (letter,) = await inviting_office.letters()
    now = datetime.now(UTC)
    event = MailEvent(outbox_id=letter.id, event="bounced", reason="no such box", at=now, event_id="1")
    async with inviting_office.database.begin() as tx:
        assert await note_report(tx, event)
    await inviting_office.deliver()
    status = await reached(handle, lambda s: s.waiting_for == "a corrected address")
    assert (status.state, await inviting_office.state(invite)) == ("bounced", "bounced")
    await inviting_office.act("resend", invite, email="bob@example.com", lasts=WEEK)
    await inviting_office.followed(invite)
    assert [mail.recipient for mail in await inviting_office.letters()] == [
        "bob@exmaple.com",
        "bob@example.com",
    ]
    await inviting_office.join(invite, await inviting_office.token())
    assert await inviting_office.ended(handle) == "accepted"


async def test_a_bounced_one_that_nobody_corrects_expires(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    (letter,) = await inviting_office.letters()
    now = datetime.now(UTC)
    event = MailEvent(outbox_id=letter.id, event="dropped", reason="", at=now, event_id="1")
    async with inviting_office.database.begin() as tx:
        await note_report(tx, event)
    await inviting_office.deliver()
    await reached(handle, lambda s: s.waiting_for == "a corrected address")
    await inviting_office.fast_forward(handle, WEEK + timedelta(seconds=1))
    assert await inviting_office.ended(handle) == "expired"


async def test_paused_it_sends_nothing_and_of_missed_reminders_only_the_latest(
    inviting_office: Inviting,
) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    await handle.execute_update("pause", Act(reason="on leave"))
    await inviting_office.fast_forward(handle, DAY * 6.5)
    assert await inviting_office.kinds() == ["invite"]
    await handle.execute_update("resume", Act())
    await inviting_office.followed(invite, "it expires, and the inviter is told")
    assert await inviting_office.kinds() == ["invite", "invite_reminder"]


async def test_cancelling_the_process_takes_the_invitation_back(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    await handle.execute_update("cancel", Act(reason="wrong person"))
    assert await inviting_office.ended(handle) == "revoked"
    assert await inviting_office.state(invite) == "revoked"


async def test_an_invitation_erased_with_its_person_ends_as_taken_back(inviting_office: Inviting) -> None:
    office = inviting_office
    async with office.database.begin() as tx:
        bob = await users.ensure(tx, user("bob", "client"), password_hash=None)
    invite = await office.invite("bob@example.com")
    handle = await office.followed(invite)
    async with office.database.begin() as tx:
        await people.erase(tx, people=[people.Person(bob, "bob@example.com")], now=datetime.now(UTC))
        assert await invites.find(tx, invite_id=invite.id) is None
    await office.fast_forward(handle, DAY * 3.5 + timedelta(seconds=1))
    assert await office.ended(handle) == "revoked"
    assert await office.kinds() == ["invite"]


async def test_told_of_the_erasure_its_process_ends_at_once(inviting_office: Inviting) -> None:
    # The invitation went to the address that its person had before.
    office = inviting_office
    async with office.database.begin() as tx:
        bob = await users.ensure(tx, user("bob", "client"), password_hash=None)
    handle = await office.followed(await office.invite("bob@example.com"))
    bob_now = people.Person(bob, "bob@elsewhere.example")
    async with office.database.begin() as tx:
        await tx.execute(text("update users set email = 'bob@elsewhere.example' where id = :id"), {"id": bob})
        changed = Entry("user.email_change", "user", show("usr", bob), before={"email": "bob@example.com"})
        await audit.append(tx, [changed])
        addresses = await people.list_addresses(tx, people=[bob_now])
        await tell_of_erasure(tx, await invites.list_living_to(tx, emails=addresses))
        await people.erase(tx, people=[bob_now], now=datetime.now(UTC))
    await office.deliver()
    assert await office.ended(handle) == "revoked"


async def test_the_process_of_an_erased_invitation_can_be_cancelled(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    async with inviting_office.database.begin() as tx:
        await tx.execute(text("delete from invites"))
    await handle.execute_update("cancel", Act(reason="nobody is left"))
    assert await inviting_office.ended(handle) == "revoked"


async def test_a_bounced_invitation_that_was_erased_ends_when_its_time_is_up(
    inviting_office: Inviting,
) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite, "reminder")
    async with inviting_office.database.begin() as tx:
        await tx.execute(text("update invites set state = 'bounced'"))
        await tell_process(tx, invite, "bounced")
    await inviting_office.deliver()
    await reached(handle, lambda s: s.waiting_for == "a corrected address")
    async with inviting_office.database.begin() as tx:
        await tx.execute(text("delete from invites"))
    await inviting_office.fast_forward(handle, WEEK + timedelta(seconds=1))
    assert await inviting_office.ended(handle) == "revoked"


async def test_no_address_and_no_link_is_in_what_temporal_keeps(inviting_office: Inviting) -> None:
    invite = await inviting_office.invite()
    handle = await inviting_office.followed(invite)
    kept = (await handle.fetch_history()).to_json()
    described = await handle.describe()
    assert ("bob@" in kept, await inviting_office.token() in kept) == (False, False)
    assert described.id == f"invite/{show('inv', invite.id)}"
    assert await described.static_summary() == "Invitation as member"


async def test_invitations_made_while_temporal_is_down_are_sent_when_it_is_back(
    inviting_office: Inviting,
) -> None:
    office = inviting_office
    made = [await office.invite(f"{name}@example.com") for name in ("bob", "charlie")]
    async with office.database.begin() as tx:
        ago = "now() - interval '10 minutes'"
        down = "Temporal: connection refused"
        failed = text(
            f"update intents set created_at = {ago}, due_at = now(), attempts = 9, last_error = :down"
        )
        await tx.execute(failed, {"down": down})
        await tx.execute(text(f"update invites set created_at = {ago}, began_at = {ago}"))
    assert await office.kinds() == []
    for invite in made:
        await office.followed(invite)
    assert sorted(mail.recipient for mail in await office.letters()) == [
        "bob@example.com",
        "charlie@example.com",
    ]
