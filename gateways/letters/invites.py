"""Letters about invitations: to who is asked to join, and to who asked in vain."""

from domain.letters import Invite, InviteExpired, InviteReminder
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, questions

_LONGEST_NAME = 40


def invite(f: Invite) -> Content:
    """Who asks whom into what, the one thing to do, and what to do when it comes unexpected."""
    return Content(
        subject=f"{_short(f.inviter)} invites you to {_team_in_short(f)}",
        preview=f"Join as {f.role}. The link works until {Voice.to(f.who).moment(f.expires_at)}.",
        head=f"You are invited to {_team(f)}",
        parts=_asked(f),
        reason=_reason(f),
    )


def invite_reminder(f: InviteReminder) -> Content:
    """The same, asked again."""
    until = Voice.to(f.who).moment(f.expires_at)
    again = "This is the last reminder before it expires." if f.last else "You have not answered it yet."
    return Content(
        subject=f"Reminder: {_short(f.inviter)} invites you to {_team_in_short(f)}",
        preview=f"The invitation expires on {until}.",
        head=f"Your invitation to {_team(f)} is still waiting",
        parts=(Paragraph(again), *_asked(f)),
        reason=_reason(f),
    )


def invite_expired(f: InviteExpired) -> Content:
    """Nobody came; what can be done about it."""
    voice, team = Voice.to(f.who), _short(f.team or f"the team of {f.who.seller}")
    rows = (
        ("Invited", f.email),
        ("As", f.role),
        ("Sent", voice.moment(f.sent_at)),
        ("Expired", voice.moment(f.expired_at)),
    )
    advice = (
        "The link no longer works. Send the invitation again if it is still wanted: that makes a new link."
    )
    return Content(
        subject=f"Your invitation to {team} was not accepted in time",
        preview=f"{f.email} has not joined.",
        head="An invitation has expired",
        parts=(
            Paragraph(f"You invited {f.email} to {team}, and nobody has accepted it."),
            Rows(rows),
            Paragraph(advice),
            Button("See invitations", f.link),
        ),
        reason=f"You receive this letter because you sent the invitation. {questions(f.who)}",
    )


def _asked(f: Invite) -> tuple[Paragraph | Rows | Button, ...]:
    voice = Voice.to(f.who)
    how = (
        "You have an account with this address already: sign in, and join with one click."
        if f.has_account
        else "The link leads to a page where you choose your name and your own password."
    )
    rows = (
        ("Invited by", f.inviter),
        ("To", _team(f)),
        ("Your role", f.role),
        ("Expires", voice.moment(f.expires_at)),
    )
    return (
        Paragraph(f"{f.inviter} asks you to join {_team_in_short(f)} as {_one(f.role)}. {_meaning(f)}"),
        Rows(rows, strong="Expires"),
        Paragraph(how),
        Button("Accept the invitation", f.link),
        Paragraph(
            "The link is for you alone and works once; please do not forward it. If you did not expect it, do "
            "nothing: nobody gets an account without it, and it ends by itself."
        ),
    )


def _team(f: Invite) -> str:
    """What one joins; a house that invites itself is not named twice."""
    ours = f.who.seller
    if not f.team:
        return f"the team of {ours}"
    return _short(f.team) if f.inviter == ours else f"{_short(f.team)} at {ours}"


def _team_in_short(f: Invite) -> str:
    """The same after the inviter's name, which need not be said again."""
    return "its team" if not f.team and f.inviter == f.who.seller else _team(f)


def _meaning(f: Invite) -> str:
    one = _one(f.role)
    return f"{one[0].upper()}{one[1:]} {f.role_meaning}."


def _one(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def _reason(f: Invite) -> str:
    return f"You receive this letter because {f.inviter} entered your address. {questions(f.who)}"


def _short(name: str) -> str:
    """A name that leaves a subject readable."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
