"""Keys that end soon or have ended, and who is told of it; each key and step once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx

_DUE = text("""
with step as (
  select k.id, s.days from api_keys k cross join lateral (
    select min(days) as days from unnest(array[14, 3, 0]) days
     where k.expires_at <= cast(:now as timestamptz) + make_interval(days => days)
       and (days = 0 or k.expires_at - k.created_at > make_interval(days => days))) s
   where k.revoked_at is null and k.replaced_by is null and k.warned_days is distinct from 0
     and k.expires_at between cast(:now as timestamptz) - interval '7 days' and cast(:now as timestamptz) + interval '14 days'
     and (k.warned_days is null or s.days < k.warned_days)
   order by k.expires_at limit :most for update of k skip locked
)
update api_keys k set warned_days = step.days from step where k.id = step.id and step.days is not null
returning k.id, k.organization_id, k.name, k.prefix, k.expires_at, k.last_used_at, k.created_by_user, step.days""")
_READERS = text("""
select u.email, u.kind = 'staff' as of_staff from users u
 where u.disabled_at is null and (
   (u.id = :maker and (u.kind = 'staff' or exists (
      select from memberships m where m.user_id = u.id and m.organization_id = :organization_id)))
   or exists (select from memberships m where m.user_id = u.id and m.organization_id = :organization_id and m.role = 'owner'))
 order by u.email""")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingKey:
    """A key that ends within `days_left` (14 or 3) days, or has ended (0)."""

    id: UUID
    organization_id: UUID | None
    name: str
    prefix: str
    expires_at: datetime
    last_used_at: datetime | None
    created_by_user: UUID | None
    days_left: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told: a person of the organization, or one of the staff who made the key."""

    email: str
    of_staff: bool


async def claim(tx: Tx, *, now: datetime, limit: int) -> list[EndingKey]:
    """At most `limit` keys whose next warning is due, marked as warned; a key shorter-lived than a step skips it."""
    rows = await tx.execute(_DUE, {"now": now, "most": limit})
    facts = (row._asdict() for row in rows)
    return [EndingKey(days_left=fact.pop("days"), **fact) for fact in facts]


async def readers(tx: Tx, key: EndingKey) -> Sequence[Reader]:
    """Whoever made the key, if they still belong there, and the organization's owners."""
    facts = {"maker": key.created_by_user, "organization_id": key.organization_id}
    return [Reader(**row._asdict()) for row in await tx.execute(_READERS, facts)]
