"""Signed-in browsers."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.assignments import assigned_to
from db.engine import Tx
from db.organizations import STANDING, interruption_of, organizations
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import USER_COLUMNS, memberships, users
from domain.user import SESSION_IDLE, Belonging, Session, SignedIn, User

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("organization_id", Uuid),
    Column("csrf_token", Text, nullable=False),
    Column("ip", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("proved_at", Instant, nullable=False),
    Column("method", Text, nullable=False),
)
_SESSION = [column for column in sessions.c if column.name != "revoked_at"]
_THEIRS = memberships.alias("theirs")
_OPEN = organizations.alias("open_organizations")
# Every organization of the session's person that is not gone, by name.
_BELONGINGS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_array(_OPEN.c.id, _OPEN.c.name, _THEIRS.c.role),
                    func.lower(_OPEN.c.name),
                    _OPEN.c.id,
                )
            ),
            func.jsonb_build_array(),
        )
    )
    .join_from(_THEIRS, _OPEN, _OPEN.c.id == _THEIRS.c.organization_id)
    .where(_THEIRS.c.user_id == users.c.id, _OPEN.c.state != "deleted")
    .correlate(users)
    .scalar_subquery()
    .label("belongings")
)


async def insert_one(tx: Tx, session: Session) -> None:
    """Keeps a new session."""
    await tx.execute(insert(sessions).values(asdict(session)))


async def find(tx: Tx, *, token_hash: bytes) -> SignedIn | None:
    """The session, its person and their role, unless it was revoked or the person disabled."""
    belongs = (memberships.c.user_id == sessions.c.user_id) & (
        memberships.c.organization_id == sessions.c.organization_id
    )
    query = (
        select(
            *_SESSION,
            *(column.label(f"user_{column.name}") for column in USER_COLUMNS[1:]),
            memberships.c.role,
            *STANDING,
            organizations.c.name.label("organization_name"),
            assigned_to(users.c.id).label("assigned"),
            _BELONGINGS,
        )
        .join(users, users.c.id == sessions.c.user_id)
        .outerjoin(memberships, belongs)
        .outerjoin(organizations, organizations.c.id == sessions.c.organization_id)
        .where(
            sessions.c.token_hash == token_hash,
            sessions.c.revoked_at.is_(None),
            users.c.disabled_at.is_(None),
        )
    )
    row = (await tx.execute(query)).first()
    return None if row is None else _signed_in(row)


async def touch(tx: Tx, *, token_hash: bytes, now: datetime) -> None:
    """The session was used now."""
    await tx.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))


async def rotate(tx: Tx, *, token_hash: bytes, new_hash: bytes, csrf_token: str, now: datetime) -> bool:
    """The session goes on under a new token and has proved itself now; False when it has ended meanwhile."""
    living = (sessions.c.token_hash == token_hash) & sessions.c.revoked_at.is_(None)
    facts = {"token_hash": new_hash, "csrf_token": csrf_token, "proved_at": now, "seen_at": now}
    return bool((await tx.execute(update(sessions).where(living).values(facts))).rowcount)


async def switch(
    tx: Tx, *, token_hash: bytes, new_hash: bytes, csrf_token: str, organization_id: UUID, now: datetime
) -> bool:
    """The session speaks for another organization under a new token; False when it has ended or gone on meanwhile."""
    living = (sessions.c.token_hash == token_hash) & sessions.c.revoked_at.is_(None)
    facts = {
        "token_hash": new_hash,
        "csrf_token": csrf_token,
        "organization_id": organization_id,
        "seen_at": now,
    }
    return bool((await tx.execute(update(sessions).where(living).values(facts))).rowcount)


async def list_living(tx: Tx, *, user_id: UUID, now: datetime) -> Sequence[Session]:
    """A person's sessions that still open something, the newest first; `Session.lives` says the same of one."""
    query = select(*_SESSION).where(
        sessions.c.user_id == user_id,
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > now,
        sessions.c.seen_at > now - SESSION_IDLE,
    )
    query = query.order_by(sessions.c.created_at.desc())
    return [Session(**row._asdict()) for row in await tx.execute(query)]


async def revoke(tx: Tx, *, token_hash: bytes, now: datetime) -> None:
    """The session opens nothing any more."""
    statement = update(sessions).where(sessions.c.token_hash == token_hash, sessions.c.revoked_at.is_(None))
    await tx.execute(statement.values(revoked_at=now))


async def revoke_others(tx: Tx, *, user_id: UUID, but: bytes | None, now: datetime) -> int:
    """Every living session of the person but that one opens nothing any more; says how many."""
    theirs = (sessions.c.user_id == user_id) & sessions.c.revoked_at.is_(None) & (sessions.c.expires_at > now)
    statement = update(sessions).where(theirs).values(revoked_at=now)
    if but is not None:
        statement = statement.where(sessions.c.token_hash != but)
    return (await tx.execute(statement)).rowcount


def _signed_in(row: AnyRow) -> SignedIn:
    """A row as the domain knows it."""
    facts = row._asdict()
    role = facts.pop("role")
    for column in STANDING:
        facts.pop(column.name)
    organization_name = facts.pop("organization_name") or ""
    assigned = frozenset(facts.pop("assigned"))
    belongings = tuple(
        Belonging(organization_id=UUID(identifier), name=name, role=as_role)
        for identifier, name, as_role in facts.pop("belongings")
    )
    person = {name.removeprefix("user_"): facts.pop(name) for name in list(facts) if name.startswith("user_")}
    user_id = person.pop("id")
    session, user = Session(user_id=user_id, **facts), User(id=user_id, **person)
    return SignedIn(
        session=session,
        user=user,
        role=role,
        interruption=interruption_of(row),
        organization_name=organization_name,
        assigned=assigned,
        belongings=belongings,
    )
