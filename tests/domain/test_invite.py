"""Invitations: when they are recalled, what a link leads to, how often they are sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Invalid, WrongState
from domain.ids import new_id
from domain.invite import (
    MOST_LETTERS,
    Invite,
    InviteAccepted,
    InviteExpired,
    InviteOver,
    InviteReplaced,
    InviteRevoked,
    reminder_times,
    role_invited,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
INVITE = Invite(
    id=new_id(),
    organization_id=new_id(),
    email="bob@example.com",
    role="member",
    inviter="Alice",
    began_at=NOW,
    expires_at=NOW + WEEK,
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("days", "reminders"), [(7, [3.5, 6]), (3, [1.5, 2]), (2, [1]), (1, [0.5])], ids=["7", "3", "2", "1"]
)
def test_reminders_come_half_way_and_a_day_before_the_end(days: int, reminders: list[float]) -> None:
    times = reminder_times(NOW, NOW + timedelta(days=days))
    assert [(moment - NOW) / DAY for moment in times] == reminders


@pytest.mark.parametrize(
    ("invite", "generation", "refusal"),
    [
        (INVITE.accepted(new_id(), NOW), 1, InviteAccepted),
        (INVITE.revoked(NOW), 1, InviteRevoked),
        (INVITE.expired(NOW), 1, InviteExpired),
        (replace(INVITE, expires_at=NOW), 1, InviteExpired),
        (INVITE.resent(email=None, now=NOW, lasts=WEEK), 1, InviteReplaced),
    ],
    ids=["accepted", "revoked", "expired", "expired by the clock", "replaced"],
)
def test_a_link_that_leads_nowhere_says_why(
    invite: Invite, generation: int, refusal: type[InviteOver]
) -> None:
    with pytest.raises(refusal):
        invite.require_open(generation, NOW)


def test_a_bounced_one_may_still_be_accepted_by_who_got_the_letter() -> None:
    INVITE.bounced("box full").require_open(1, NOW)


def test_sending_it_anew_begins_the_clock_and_corrects_the_address() -> None:
    again = INVITE.bounced("no such box").resent(email=" Bob@Example.org ", now=NOW + DAY, lasts=WEEK)
    assert (again.state, again.email, again.generation) == ("sent", "bob@example.org", 2)
    assert again.expires_at == NOW + DAY + WEEK


def test_what_has_ended_is_not_sent_anew_nor_taken_back() -> None:
    for ended in (INVITE.accepted(new_id(), NOW), INVITE.revoked(NOW)):
        with pytest.raises(WrongState):
            ended.resent(email=None, now=NOW, lasts=WEEK)
        with pytest.raises(WrongState):
            ended.revoked(NOW)


def test_it_is_not_sent_without_end() -> None:
    with pytest.raises(Invalid, match="20 times"):
        replace(INVITE, generation=MOST_LETTERS).resent(email=None, now=NOW, lasts=WEEK)


@pytest.mark.parametrize(("role", "to_staff"), [("contractor", False), ("owner", True), ("king", False)])
def test_nobody_is_invited_as_what_does_not_exist_there(role: str, *, to_staff: bool) -> None:
    with pytest.raises(Invalid, match="role"):
        role_invited(role, to_staff=to_staff)
