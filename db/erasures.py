"""Erasures of people's accounts, and what stands in the way of one."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Table, select, text, update
from sqlalchemy.dialects.postgresql import insert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from db.users import memberships
from domain.erasure import Belonging, Erasure
from domain.errors import Conflict, NotFound

erasures = Table(
    "erasures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("erases_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    Column("finished_at", Instant),
)
_E = erasures.c
# Locked by statements of their own: one that waits for a lock goes on with what it saw before it waited. Holds are
# placed under the organization's lock, owners change under that of all its owners' memberships.
_THEIRS = "select organization_id from memberships where user_id = :user_id"
_LOCKS = (
    text(f"select from organizations where id in ({_THEIRS}) order by id for update"),
    text(
        f"select from memberships where organization_id in ({_THEIRS}) and role = 'owner' "
        "order by organization_id, user_id for update"
    ),
)
_BELONGINGS = text("""
select o.name,
       m.role = 'owner' and not exists (
         select from memberships other join users u on u.id = other.user_id and u.disabled_at is null
          where other.organization_id = o.id and other.role = 'owner' and other.user_id <> m.user_id) as last_owner,
       exists (select from legal_holds h where h.organization_id = o.id and h.lifted_at is null) as held
  from memberships m join organizations o on o.id = m.organization_id
 where m.user_id = :user_id and o.state <> 'deleted'
 order by o.id""")


async def list_belongings(tx: Tx, *, user_id: UUID) -> Sequence[Belonging]:
    """The organizations a person belongs to; owners and holds of none of them change until the transaction ends."""
    for lock in _LOCKS:
        await tx.execute(lock, {"user_id": user_id})
    return [Belonging(**row._asdict()) for row in await tx.execute(_BELONGINGS, {"user_id": user_id})]


async def insert_one(tx: Tx, erasure: Erasure) -> None:
    """Keeps a new request.

    Raises:
        Conflict: the person has asked already.
    """
    statement = insert(erasures).values(asdict(erasure)).on_conflict_do_nothing().returning(_E.id)
    if (await tx.execute(statement)).first() is None:
        raise Conflict("Your account is to be erased already")


async def find_latest(tx: Tx, *, user_id: UUID) -> Erasure | None:
    """The newest request of a person, if there is one."""
    query = select(erasures).where(_E.user_id == user_id).order_by(_E.id.desc()).limit(1)
    row = (await tx.execute(query)).first()
    return None if row is None else _erasure(row)


async def list_living(tx: Tx, *, organization_id: UUID) -> Sequence[Erasure]:
    """What is still to be done of people who belong to the organization."""
    members = select(memberships.c.user_id).where(memberships.c.organization_id == organization_id)
    query = select(erasures).where(_E.state.in_(("scheduled", "finishing")), _E.user_id.in_(members))
    return [_erasure(row) for row in await tx.execute(query.order_by(_E.id))]


async def get(tx: Tx, *, erasure_id: UUID) -> Erasure:
    """The erasure.

    Raises:
        NotFound: there is none.
    """
    return _found((await tx.execute(select(erasures).where(_E.id == erasure_id))).first())


async def lock(tx: Tx, *, erasure_id: UUID) -> Erasure:
    """The erasure, unchanged by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return _found((await tx.execute(select(erasures).where(_E.id == erasure_id).with_for_update())).first())


async def save(tx: Tx, erasure: Erasure) -> None:
    """Writes what may change of an erasure that was locked."""
    facts = asdict(erasure)
    values = {name: facts[name] for name in ("state", "cancelled_at", "finished_at")}
    await tx.execute(update(erasures).where(_E.id == erasure.id).values(values))


def _found(row: AnyRow | None) -> Erasure:
    if row is None:
        raise NotFound("There is no such erasure")
    return _erasure(row)


def _erasure(row: AnyRow) -> Erasure:
    return Erasure(**row._asdict())
