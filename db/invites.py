"""Invitations and the hashes of their links."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, LargeBinary, Table, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.errors import NotFound
from domain.invite import Invite, LivingInvite

invites = Table(
    "invites",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", Uuid),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("invited_by", Uuid),
    Column("inviter", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("accepted_by", Uuid),
    Column("trouble", Text, nullable=False),
)
tokens = Table(
    "invite_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("invite_id", Uuid, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("letter", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)
_FIXED = ("id", "organization_id", "role", "created_at", "invited_by", "inviter")
_NONE = "There is no such invitation"


async def insert_one(tx: Tx, invite: Invite) -> None:
    """Keeps a new invitation.

    Raises:
        LivingInvite: the address has one already.
    """
    statement = upsert(invites).values(asdict(invite)).on_conflict_do_nothing().returning(invites.c.id)
    if (await tx.execute(statement)).first() is None:
        raise LivingInvite(f"{invite.email} is invited already: send that invitation again, or take it back")


async def get(tx: Tx, *, invite_id: UUID) -> Invite:
    """The invitation.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    found = await find(tx, invite_id=invite_id)
    if found is None:
        raise NotFound(_NONE)
    return found


async def find(tx: Tx, *, invite_id: UUID) -> Invite | None:
    """The invitation; None once it was erased with its person or its organization."""
    row = (await tx.execute(select(invites).where(invites.c.id == invite_id))).first()
    return None if row is None else _invite(row)


async def lock(tx: Tx, *, invite_id: UUID) -> Invite:
    """The invitation, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    found = await find_locked(tx, invite_id=invite_id)
    if found is None:
        raise NotFound(_NONE)
    return found


async def find_locked(tx: Tx, *, invite_id: UUID) -> Invite | None:
    """The same for who may come after it was erased."""
    row = (await tx.execute(select(invites).where(invites.c.id == invite_id).with_for_update())).first()
    return None if row is None else _invite(row)


async def lock_living(tx: Tx, *, organization_id: UUID, email: str) -> Invite | None:
    """The address's invitation into the organization that waits for an answer, unchanged by others meanwhile."""
    query = select(invites).where(
        invites.c.organization_id == organization_id, invites.c.email == email, invites.c.ended_at.is_(None)
    )
    row = (await tx.execute(query.with_for_update())).first()
    return None if row is None else _invite(row)


async def save(tx: Tx, invite: Invite) -> None:
    """Writes what may change of an invitation that was locked.

    Raises:
        LivingInvite: its address has got another one meanwhile.
    """
    if invite.living and await _find_living(tx, invite) not in (None, invite.id):
        raise LivingInvite(f"{invite.email} has another invitation by now; send that one again")
    facts = {name: value for name, value in asdict(invite).items() if name not in _FIXED}
    await tx.execute(update(invites).where(invites.c.id == invite.id).values(facts))


async def find_by_token(tx: Tx, *, token_hash: bytes) -> tuple[Invite, int] | None:
    """The invitation a link belongs to, and the link's generation."""
    query = (
        select(invites, tokens.c.generation.label("link_generation"))
        .join(tokens, tokens.c.invite_id == invites.c.id)
        .where(tokens.c.token_hash == token_hash)
    )
    row = (await tx.execute(query)).first()
    if row is None:
        return None
    facts = row._asdict()
    generation = facts.pop("link_generation")
    return Invite(**facts), generation


async def insert_token(tx: Tx, *, token_hash: bytes, invite: Invite, letter: str, now: datetime) -> bool:
    """Keeps the hash of a link for a letter; False when the letter has its link already."""
    facts = {
        "token_hash": token_hash,
        "invite_id": invite.id,
        "generation": invite.generation,
        "letter": letter,
        "created_at": now,
    }
    statement = upsert(tokens).values(facts).on_conflict_do_nothing(index_elements=["letter"])
    return (await tx.execute(statement.returning(tokens.c.letter))).first() is not None


async def find_letter(tx: Tx, *, letter: str) -> tuple[UUID, int] | None:
    """The invitation and the generation that a letter with this key belongs to."""
    row = (await tx.execute(select(tokens).where(tokens.c.letter == letter))).first()
    return None if row is None else (row.invite_id, row.generation)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list of invitations goes on: after this one, which waited for an answer or had ended."""

    living: bool
    id: UUID


async def list_of(
    tx: Tx, *, organization_id: UUID | None, limit: int, after: Place | None
) -> Sequence[Invite]:
    """At most `limit` invitations into an organization (None: our staff): first those that wait, then the newest."""
    living, ours = (
        invites.c.ended_at.is_(None),
        invites.c.organization_id.is_not_distinct_from(organization_id),
    )
    query = select(invites).where(ours)
    if after is not None:
        older = invites.c.id < after.id
        query = query.where(or_(and_(living, older), ~living) if after.living else and_(~living, older))
    newest = query.order_by(living.desc(), invites.c.id.desc()).limit(limit)
    return [_invite(row) for row in await tx.execute(newest)]


async def list_living_to(tx: Tx, *, emails: Sequence[str]) -> Sequence[Invite]:
    """Every invitation of the addresses that waits for an answer, into whatever."""
    return await _list_living(tx, invites.c.email.in_(emails))


async def list_living_into(tx: Tx, *, organization_id: UUID) -> Sequence[Invite]:
    """Every invitation into the organization that waits for an answer."""
    return await _list_living(tx, invites.c.organization_id == organization_id)


async def _list_living(tx: Tx, meant: ColumnElement[bool]) -> Sequence[Invite]:
    query = select(invites).where(meant, invites.c.ended_at.is_(None)).order_by(invites.c.id)
    return [_invite(row) for row in await tx.execute(query)]


async def count_living(tx: Tx, *, organization_id: UUID | None) -> int:
    """How many invitations of an organization wait for an answer."""
    query = select(func.count()).where(
        invites.c.organization_id.is_not_distinct_from(organization_id), invites.c.ended_at.is_(None)
    )
    return (await tx.execute(query)).scalar_one()


async def _find_living(tx: Tx, invite: Invite) -> UUID | None:
    query = select(invites.c.id).where(
        invites.c.organization_id.is_not_distinct_from(invite.organization_id),
        invites.c.email == invite.email,
        invites.c.ended_at.is_(None),
        invites.c.id != invite.id,
    )
    return (await tx.execute(query)).scalar_one_or_none()


def _invite(row: AnyRow) -> Invite:
    return Invite(**row._asdict())
