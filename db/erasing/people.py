"""Erasing a person, and the people of an organization who belong nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx
from db.erasing import person
from db.erasing.rules import apply, count
from domain.deletion import Part
from domain.ids import show
from domain.letters.invoices import MONEY_LETTERS

_PERSON = text("select email, name from users where id = :user_id")
# Addresses they had before, unless they are somebody else's by now.
_FORMER = text("""
select distinct a.before ->> 'email' from audit a
 where a.target_kind = 'user' and a.target_id = any (:actors) and a.action = 'user.email_change'
   and not exists (select from users u where u.email = a.before ->> 'email' and u.id <> all (:user_ids))""")
_ALONE = text("""
select u.id, u.email from memberships m join users u on u.id = m.user_id
 where m.organization_id = :organization_id and u.kind = 'client'
   and not exists (select from memberships o where o.user_id = m.user_id and o.organization_id <> m.organization_id)
 order by u.id""")
_OWNERS = text("""
select u.id, u.email, u.name from memberships m join users u on u.id = m.user_id
 where m.organization_id = :organization_id and m.role = 'owner' and (u.disabled_at is null or :gone)
 order by u.id""")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's id, address and name."""

    id: UUID
    email: str
    name: str = ""


async def find_person(tx: Tx, *, user_id: UUID) -> Person:
    """Who somebody is, as long as it is known."""
    row = (await tx.execute(_PERSON, {"user_id": user_id})).one()
    return Person(user_id, row.email, row.name)


async def list_addresses(tx: Tx, *, people: Sequence[Person]) -> Sequence[str]:
    """The addresses of people, and those they had before that are nobody else's by now."""
    facts = {"user_ids": [each.id for each in people], "actors": [show("usr", each.id) for each in people]}
    former = (await tx.execute(_FORMER, facts)).scalars()
    return [*(each.email for each in people), *former]


async def list_alone(tx: Tx, *, organization_id: UUID) -> Sequence[Person]:
    """The people of an organization who belong to no other."""
    rows = await tx.execute(_ALONE, {"organization_id": organization_id})
    return [Person(row.id, row.email) for row in rows]


async def list_owners(tx: Tx, *, organization_id: UUID, gone: bool = False) -> Sequence[Person]:
    """Its owners; with `gone` also those whose accounts are closed."""
    rows = await tx.execute(_OWNERS, {"organization_id": organization_id, "gone": gone})
    return [Person(row.id, row.email, row.name) for row in rows]


async def preview(tx: Tx, *, user_id: UUID) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """How much of a person would go, and how much would stay."""
    facts = await _facts(tx, [await find_person(tx, user_id=user_id)], None)
    goes = [rule for rule in (*person.ERASED, *person.ADDRESS) if rule.noun]
    return await count(tx, goes, facts), await count(tx, person.KEPT, facts)


async def erase(
    tx: Tx, *, people: Sequence[Person], now: datetime, but: frozenset[str] = frozenset()
) -> tuple[Part, ...]:
    """Erases everything of people but their addresses; tables in `but` are left to the caller."""
    rules = [rule for rule in person.ERASED if rule.table not in but]
    return await apply(tx, rules, await _facts(tx, people, now))


async def forget_addresses(tx: Tx, *, people: Sequence[Person], now: datetime) -> tuple[Part, ...]:
    """Erases the addresses, the letters to them that no law keeps, and what letters to others say of the people."""
    return await apply(tx, person.ADDRESS, await _facts(tx, people, now))


async def _facts(tx: Tx, people: Sequence[Person], now: datetime | None) -> dict[str, Any]:
    return {
        "user_ids": [each.id for each in people],
        "actors": [show("usr", each.id) for each in people],
        "emails": await list_addresses(tx, people=people),
        "scopes": [f"member:{each.id}" for each in people],
        "letters_kept": list(MONEY_LETTERS),
        "now": now,
    }
