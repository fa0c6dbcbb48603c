"""Erasing an organization: what would go, what stands in the way, and the erasing itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db import legal_holds, organization_settings
from db.engine import Tx
from db.erasing import organization, people
from db.erasing.rules import apply, count, together
from domain.deletion import Money, Obstacles, Part
from domain.letters.invoices import MONEY_LETTERS
from domain.organization_settings import OrganizationSettings

_MONEY = text("""
select o.currency, coalesce(w.balance_nanos, 0) as wallet_nanos, i.open_invoices, i.open_nanos
  from organizations o left join wallets w on w.organization_id = o.id
  cross join lateral (
    select count(*) as open_invoices,
           coalesce(sum(amount_due_nanos - amount_paid_nanos - amount_credited_nanos), 0) as open_nanos
      from invoices
     where organization_id = o.id and kind = 'invoice' and state in ('finalized', 'past_due')
       and amount_due_nanos > amount_paid_nanos + amount_credited_nanos and (:unsent or delivered_at is not null)) i
 where o.id = :organization_id""")
_UNDER_WAY = text("""
select count(*) from payments
 where organization_id = :organization_id and state in ('created', 'processing', 'requires_action')""")
# Used and priced, or charged by the month up to now, and on no invoice that was sent.
_UNBILLED = text("""
select exists (
  select from usage u join wallets w on w.organization_id = u.organization_id
   where u.organization_id = :organization_id and u.state = 'priced' and u.amount_nanos > 0
     and u.occurred_at >= coalesce(w.invoiced_until, '-infinity'))
 or exists (
  select from usage u join wallets w on w.organization_id = u.organization_id
    join organizations o on o.id = u.organization_id
   where u.organization_id = :organization_id and u.amount_nanos > 0
     and u.billed_in >= open_month(w.invoiced_until, o.time_zone))
 or coalesce((
  select sum(case when debit = 'receivable:unbilled' then amount_nanos else -amount_nanos end) > 0 from postings
   where organization_id = :organization_id and 'receivable:unbilled' in (debit, credit)), false)
 or exists (
  select from invoices where organization_id = :organization_id and kind = 'invoice' and delivered_at is null
     and state not in ('draft', 'void'))
 or exists (
  select from recurring_charges c join organizations o on o.id = c.organization_id
    join wallets w on w.organization_id = o.id
   where c.organization_id = :organization_id and c.starts_on <= (now() at time zone o.time_zone)::date
     and coalesce(c.ends_on, 'infinity') >= coalesce(
       date_trunc('month', (w.invoiced_until + interval '2 days') at time zone o.time_zone)::date, '-infinity')) as unbilled,
 exists (select from usage where organization_id = :organization_id and state = 'quarantined') as unpriced""")
_PORTION = text("""
with portion as (select ctid, tableoid from usage_payloads where organization_id = :organization_id limit :most)
delete from usage_payloads p using portion s where p.ctid = s.ctid and p.tableoid = s.tableoid""")
_SETTLED = text("""
select o.id from organizations o
 where o.state = 'deleted' and o.billing_email not like '%@erased.invalid'
   and not exists (
     select from invoices i where i.organization_id = o.id and i.kind = 'invoice' and i.state in ('finalized', 'past_due')
        and i.amount_due_nanos > i.amount_paid_nanos + i.amount_credited_nanos)
 order by o.id limit 100""")
_CONTACT = ("addresses for invoices", "billing profiles")


async def money(tx: Tx, *, organization_id: UUID, unsent: bool = True) -> Money:
    """What is still open between it and the house; what it was not sent yet only with `unsent`."""
    row = (await tx.execute(_MONEY, {"organization_id": organization_id, "unsent": unsent})).one()
    return Money(**row._asdict() | {"open_nanos": int(row.open_nanos)})


async def obstacles(tx: Tx, *, organization_id: UUID) -> Obstacles:
    """What its deletion would have to wait for now."""
    facts = {"organization_id": organization_id}
    open_matters = (await tx.execute(_UNBILLED, facts)).one()
    return Obstacles(
        held=await legal_holds.is_held(tx, organization_id=organization_id),
        payments_under_way=(await tx.execute(_UNDER_WAY, facts)).scalar_one(),
        unbilled=bool(open_matters.unbilled),
        unpriced=open_matters.unpriced,
    )


async def preview(tx: Tx, *, organization_id: UUID) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """How much would go, and how much would stay and why."""
    facts = _facts(organization_id, None, owing=False)
    alone = await people.list_alone(tx, organization_id=organization_id)
    goes = await count(tx, (*organization.ERASED, organization.PAYLOADS, *organization.ADDRESSES), facts)
    accounts = (Part(noun="accounts of people who belong nowhere else", count=len(alone)),)
    return (*accounts, *goes), await count(tx, organization.KEPT, facts)


async def kept(tx: Tx, *, organization_id: UUID) -> tuple[Part, ...]:
    """What stays, and why; counted exactly, for a certificate."""
    facts = _facts(organization_id, None, owing=False)
    return await count(tx, organization.KEPT, facts, exactly=True)


async def erase_payloads(tx: Tx, *, organization_id: UUID, most: int) -> int:
    """Deletes at most so many texts; says how many were there."""
    done = await tx.execute(_PORTION, {"organization_id": organization_id, "most": most})
    return done.rowcount


async def erase(tx: Tx, *, organization_id: UUID, owing: bool, now: datetime) -> tuple[Part, ...]:
    """Erases everything but texts, addresses and, while it is `owing`, where invoices go.

    Raises:
        Held: a legal hold is in force.
    """
    await legal_holds.require_no_hold(tx, organization_id=organization_id)
    alone = await people.list_alone(tx, organization_id=organization_id)
    # Memberships say whose addresses go last, so they go with them.
    personal = await people.erase(tx, people=alone, now=now, but=frozenset({"memberships"}))
    done = await apply(tx, organization.ERASED, _facts(organization_id, now, owing=owing))
    # From here on no text is kept, whoever still reports usage; upkeep removes what has come meanwhile.
    none = OrganizationSettings(organization_id=organization_id, payload_retention="none")
    await organization_settings.save(tx, none, now=now)
    return together((*personal, *done))


async def forget_people(tx: Tx, *, organization_id: UUID, now: datetime) -> int:
    """Erases the letters to it and the addresses of its people; says of how many people."""
    alone = await people.list_alone(tx, organization_id=organization_id)
    await people.forget_addresses(tx, people=alone, now=now)
    await apply(tx, organization.ADDRESSES, _facts(organization_id, now, owing=False))
    leave = text("delete from memberships where organization_id = :organization_id")
    await tx.execute(leave, {"organization_id": organization_id})
    return len(alone)


async def forget_settled_contacts(tx: Tx, *, now: datetime) -> list[UUID]:
    """Erases where invoices went of deleted organizations that owe nothing any more; at most a hundred."""
    settled = list((await tx.execute(_SETTLED)).scalars())
    rules = [rule for rule in organization.ERASED if rule.noun in _CONTACT]
    for organization_id in settled:
        await apply(tx, rules, _facts(organization_id, now, owing=False))
    return settled


def _facts(organization_id: UUID, now: datetime | None, *, owing: bool) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        "name": f"Deleted organization {organization_id.hex[-6:]}",
        "pseudonym": f"erased-{organization_id.hex}@erased.invalid",
        "letters_kept": list(MONEY_LETTERS),
        "owing": owing,
        "now": now,
    }
