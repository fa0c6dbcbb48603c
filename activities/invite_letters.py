"""The letters of an invitation: each with a link of its own, of which only the hash is kept."""

from datetime import datetime

from activities.correspondence import Sender, post
from activities.mail_secrets import MailSecrets
from db import invites, organizations, users
from db.engine import Tx
from domain import letters
from domain.ids import show
from domain.invite import Invite
from domain.letters import Correspondents
from domain.mail import READERS_LINK
from domain.member import ROLE_MEANINGS, STAFF_MEANINGS
from domain.user import new_token, token_hash


class InviteLetters:
    """Queues letters in the transaction that keeps the hash of their link."""

    def __init__(self, sender: Sender, secrets: MailSecrets) -> None:
        self._sender = sender
        self._secrets = secrets

    async def ask(self, tx: Tx, invite: Invite, *, reminder: int, last: bool, now: datetime) -> None:
        """The invitation (`reminder` 0) or its reminder is in the outbox, once for its generation."""
        key = f"invite:{show('inv', invite.id)}:{invite.generation}"
        if reminder:
            key = f"{key}:reminder:{reminder}"
        token = new_token()
        digest = token_hash(token)
        if not await invites.insert_token(tx, token_hash=digest, invite=invite, letter=key, now=now):
            return
        kind: letters.Kind = "invite_reminder" if reminder else "invite"
        facts = await self._asking(tx, invite, reminder=bool(reminder), last=last)
        secret = self._secrets.sealed(f"{self._sender.public_url}/invite/{token}", key=key)
        await _queue(tx, invite, key, kind, facts, recipient=invite.email, secret=secret, now=now)

    async def tell_expired(self, tx: Tx, invite: Invite, *, now: datetime) -> None:
        """The inviter knows that nobody came; an API key, which invites for a program, is told nothing."""
        if invite.invited_by is None:
            return
        inviter = await users.get(tx, user_id=invite.invited_by)
        who = await self._correspondents(tx, invite)
        facts = letters.InviteExpired(
            who=who,
            email=invite.email,
            team=who.client if invite.organization_id else None,
            role=_role(invite),
            sent_at=invite.began_at,
            expired_at=invite.expires_at,
            link=self._page(invite, to_staff=inviter.kind == "staff"),
        )
        key = f"invite:{show('inv', invite.id)}:{invite.generation}:expired"
        await _queue(tx, invite, key, "invite_expired", facts, recipient=inviter.email, secret=None, now=now)

    async def _asking(self, tx: Tx, invite: Invite, *, reminder: bool, last: bool) -> letters.Invite:
        who = await self._correspondents(tx, invite)
        facts = letters.Invite(
            who=who,
            inviter=invite.inviter,
            team=who.client if invite.organization_id else None,
            role=_role(invite),
            role_meaning=_meanings(invite)[invite.role],
            link=READERS_LINK,
            expires_at=invite.expires_at,
            has_account=await users.find_credentials(tx, email=invite.email) is not None,
        )
        if not reminder:
            return facts
        return letters.InviteReminder(
            **{name: getattr(facts, name) for name in letters.Invite.__dataclass_fields__}, last=last
        )

    async def _correspondents(self, tx: Tx, invite: Invite) -> Correspondents:
        """Who writes to whom: times in the organization's zone, in ours for our own staff."""
        if invite.organization_id is None:
            return self._sender.to_staff()
        return self._sender.to_client(await organizations.get(tx, organization_id=invite.organization_id))

    def _page(self, invite: Invite, *, to_staff: bool) -> str:
        """Where the inviter sends it again."""
        if invite.organization_id is None:
            return f"{self._sender.public_url}/console/staff"
        own = f"/console/organizations/{show('org', invite.organization_id)}/people"
        return self._sender.public_url + (own if to_staff else "/portal/members")


def _meanings(invite: Invite) -> dict[str, str]:
    return ROLE_MEANINGS if invite.organization_id else STAFF_MEANINGS


def _role(invite: Invite) -> str:
    return invite.role if invite.organization_id or invite.role != "admin" else "staff admin"


async def _queue(
    tx: Tx,
    invite: Invite,
    key: str,
    kind: letters.Kind,
    facts: letters.Facts,
    *,
    recipient: str,
    secret: str | None,
    now: datetime,
) -> None:
    await post(
        tx,
        kind,
        facts,
        key=key,
        to=recipient,
        about=show("inv", invite.id),
        organization_id=invite.organization_id,
        secret=secret,
        now=now,
    )
