"""Steps of an invitation: read where it stands, write its letters, end it when its time is up."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.invite_letters import InviteLetters
from db import audit, intents, invites
from db.engine import Database, Tx
from domain.audit import SYSTEM, Actor, Entry
from domain.ids import read, show
from domain.invite import Invite, InviteState
from domain.mail import Mail
from gateways.temporal import actors


class InviteStanding(BaseModel):
    """Where an invitation stands; `generation` counts its fresh links, each with a clock of its own."""

    model_config = ConfigDict(frozen=True)

    state: InviteState
    generation: int
    began_at: datetime
    expires_at: datetime

    @property
    def living(self) -> bool:
        """True while somebody may still accept it."""
        return self.state in ("sent", "bounced")


class InviteLetter(BaseModel):
    """A letter of one generation of an invitation: 0 is the invitation itself, then its reminders."""

    model_config = ConfigDict(frozen=True)

    invite_id: str
    generation: int
    reminder: int = 0
    last: bool = False


class InviteSteps:
    """One method per step; each may be repeated without a second effect."""

    def __init__(self, database: Database, letters: InviteLetters) -> None:
        self._database = database
        self._letters = letters

    @activity.defn
    async def read_invite(self, invite_id: str) -> InviteStanding:
        """Where the invitation stands; changes nothing.

        One that was erased, with its person or with its organization, was taken back by that.
        """
        async with self._database.begin() as tx:
            found = await invites.find(tx, invite_id=read("inv", invite_id))
        if found is None:
            now = datetime.now(UTC)
            return InviteStanding(state="revoked", generation=0, began_at=now, expires_at=now)
        return InviteStanding(
            state=found.state,
            generation=found.generation,
            began_at=found.began_at,
            expires_at=found.expires_at,
        )

    @activity.defn
    async def send_invite(self, letter: InviteLetter) -> None:
        """The letter is in the outbox; none for an invitation that was answered, sent anew or erased meanwhile.

        Key: the invitation, its generation and the reminder's number. The link is made here: its hash is kept
        and its letter queued in one transaction.
        """
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            found = await invites.find_locked(tx, invite_id=read("inv", letter.invite_id))
            if found is not None and found.state == "sent" and found.generation == letter.generation:
                await self._letters.ask(tx, found, reminder=letter.reminder, last=letter.last, now=now)

    @activity.defn
    async def expire_invite(self, letter: InviteLetter) -> None:
        """The invitation has expired and the inviter is told, unless it was answered, sent anew or erased."""
        now = datetime.now(UTC)
        async with self._database.begin() as tx:
            before = await invites.find_locked(tx, invite_id=read("inv", letter.invite_id))
            if before is None or not before.living or before.generation != letter.generation:
                return
            after = before.expired(now)
            await invites.save(tx, after)
            await self._letters.tell_expired(tx, after, now=now)
            await audit.append(tx, [entry_of("invite.expire", before, after)])

    @activity.defn
    async def withdraw_invite(self, invite_id: str) -> None:
        """The invitation is taken back in the name of whoever cancelled its process; an ended one stays as it is."""
        async with self._database.begin() as tx:
            before = await invites.find_locked(tx, invite_id=read("inv", invite_id))
            if before is None or not before.living:
                return
            after = before.revoked(datetime.now(UTC))
            await invites.save(tx, after)
            await audit.append(tx, [entry_of("invite.revoke", before, after)], actor=actors.current())


async def start_process(tx: Tx, invite: Invite, *, actor: Actor) -> None:
    """Wants the process of a generation of the invitation: the running one is told, an ended one begins again."""
    shown = show("inv", invite.id)
    payload = {"invite_id": shown, "organization_id": _organization(invite)}
    await intents.insert(
        tx,
        key=f"invite/{shown}:start:{invite.generation}",
        kind="start",
        workflow="Invite",
        workflow_id=f"invite/{shown}",
        payload=payload,
        organization_id=invite.organization_id,
        actor=actor,
        again=invite.generation > 1,
        summary=f"Invitation as {invite.role}" + ("" if invite.organization_id else " of our staff"),
    )
    if invite.generation > 1:
        await tell_process(tx, invite, "resent", actor=actor)


async def tell_process(tx: Tx, invite: Invite, reason: str, *, actor: Actor = SYSTEM) -> None:
    """Wants the invitation's process to look at the books again."""
    shown = show("inv", invite.id)
    await intents.insert(
        tx,
        key=f"invite/{shown}:{reason}:{invite.generation}",
        kind="signal",
        workflow="Invite",
        workflow_id=f"invite/{shown}",
        name="invite_changed",
        payload={"reason": reason},
        organization_id=invite.organization_id,
        actor=actor,
    )


async def tell_of_erasure(tx: Tx, erased: Sequence[Invite]) -> None:
    """Wants the processes of invitations to look again that are erased with their person, or their organization."""
    for invite in erased:
        await tell_process(tx, invite, "erased")


async def note_returned(tx: Tx, mail: Mail, reason: str) -> None:
    """An invitation whose newest letter came back says so; letters about anything else change nothing."""
    known = await invites.find_letter(tx, letter=mail.key.partition(":again:")[0])
    if known is None:
        return
    before = await invites.lock(tx, invite_id=known[0])
    if before.state != "sent" or before.generation != known[1]:
        return
    after = before.bounced(reason)
    await invites.save(tx, after)
    await tell_process(tx, after, "bounced")
    await audit.append(tx, [entry_of("invite.bounce", before, after, reason=reason)])


def entry_of(action: str, before: Invite | None, after: Invite, **more: str) -> Entry:
    """What happened to an invitation, for the audit log."""
    facts = {"email": after.email, "role": after.role, "state": after.state, "generation": after.generation}
    old = None if before is None else {"state": before.state, "generation": before.generation}
    return Entry(action, "invite", show("inv", after.id), after.organization_id, old, {**facts, **more})


def _organization(invite: Invite) -> str:
    return show("org", invite.organization_id) if invite.organization_id else ""
