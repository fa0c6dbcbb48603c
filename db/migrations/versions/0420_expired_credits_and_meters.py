"""Expired credits are no part of what usage may draw; a release is of one meter; text of refused records is dropped.

What could not be handed to a process is found without reading everything that was.
"""

from importlib import import_module

from alembic import op

revision = "0420"
down_revision = "0440"

_INTAKE = import_module("db.migrations.versions.0006_intake")
_QUARANTINE = import_module("db.migrations.versions.0140_quarantine")
_RATE = import_module("db.migrations.versions.0151_intake_rate")
_TIERS = import_module("db.migrations.versions.0340_price_tiers")

CHARGE = """
-- Debits each organization once: credit lots by priority and expiry as far as the wallet reaches, the rest to the
-- receivable; books the provider's cost. The caller holds the wallets' locks. Arrays run in parallel.
-- What has expired is still in the balance until it is written off: it neither pays nor keeps the floor.
create or replace function charge_wallets(
  orgs uuid[], entries uuid[], amounts bigint[], costs bigint[], cause text, at timestamptz)
returns void language sql as $$
  with due as materialized (
    select d.organization_id, d.entry_id, d.amount, d.cost, w.currency,
           greatest(0, w.balance_nanos - w.held_nanos - w.floor_nanos) as reach
      from unnest(orgs, entries, amounts, costs) as d (organization_id, entry_id, amount, cost)
      join wallets w on w.organization_id = d.organization_id
  ), lots as (
    select l.id as lot_id, l.kind, l.remaining_nanos, l.priority, l.expires_at, d.*,
           l.expires_at is null or l.expires_at > at as living
      from due d join credit_lots l on l.organization_id = d.organization_id and l.remaining_nanos > 0
     where d.amount > 0 and d.reach > 0
  ), draws as materialized (
    select *, least(remaining_nanos, greatest(0, least(amount, reach - expired) - before)) as taken
      from (select *, coalesce(sum(remaining_nanos) filter (where not living) over (partition by organization_id), 0)
                        as expired,
                   sum(remaining_nanos) filter (where living) over (
                     partition by organization_id order by priority, expires_at nulls last, lot_id)
                     - remaining_nanos as before
              from lots) running where living
  ), taken_lots as (
    update credit_lots l set remaining_nanos = l.remaining_nanos - d.taken
      from draws d where l.id = d.lot_id and d.taken > 0
  ), taken as materialized (
    select organization_id, sum(taken)::bigint as taken from draws group by organization_id having sum(taken) > 0
  ), taken_wallets as (
    update wallets w set balance_nanos = w.balance_nanos - t.taken
      from taken t where w.organization_id = t.organization_id
  )
  insert into postings (id, entry_id, organization_id, debit, credit, amount_nanos, currency, cause, lot_id, key,
                        posted_at)
  select uuidv7(), entry_id, organization_id, 'wallet:' || kind, 'revenue:usage', taken, currency, $5, lot_id,
         $5 || ':' || entry_id || ':' || lot_id, $6
    from draws where taken > 0
  union all
  select uuidv7(), d.entry_id, d.organization_id, 'receivable:unbilled', 'revenue:usage',
         d.amount - coalesce(t.taken, 0), d.currency, $5, null, $5 || ':' || d.entry_id, $6
    from due d left join taken t on t.organization_id = d.organization_id where d.amount > coalesce(t.taken, 0)
  union all
  select uuidv7(), entry_id, organization_id, 'cost:provider', 'payable:provider', cost, 'USD', $5, null,
         $5 || ':' || entry_id || ':cost', $6
    from due where cost > 0
$$;
"""

# Staged texts outlive their commit (emptying at every commit costs more), so who leaves early empties them too.
_LEAVES = "  if batch is null then return; end if;\n"
_LEAVES_CLEAN = """  if batch is null then
    if exists (select from incoming_payloads) then truncate incoming_payloads; end if;
    return;
  end if;
"""

# What processes of the version before call, until they are gone.
AS_BEFORE = """
create or replace function quarantine_covered(of_provider text, of_model text, of_organization uuid)
returns table (organization_id uuid, id text, occurred_at timestamptz, currency text, price_id uuid,
               list_price_id uuid, amount_nanos bigint, cost_nanos bigint, billed_in date)
language sql stable begin atomic
  select * from quarantine_covered(of_provider, of_model, null::text, of_organization);
end;
create or replace function release_quarantine(
  of_provider text, of_model text, of_organization uuid, at timestamptz, most integer)
returns table (organization_id uuid, currency text, records bigint, amount_nanos bigint, cost_nanos bigint)
language sql begin atomic
  select * from release_quarantine(of_provider, of_model, null::text, of_organization, at, most);
end;
"""


UNDELIVERED = "create index intents_undelivered on intents (id) where delivered_at is null"


def _replaced(function: str) -> str:
    return function.replace("create function", "create or replace function")


def _of_meter(function: str) -> str:
    """A function of the quarantine that minds the meter; the empty text is a value like any other."""
    wanted = "(of_model is null or u.model = of_model)"
    function = function.replace(wanted, f"{wanted} and (of_meter is null or u.meter = of_meter)")
    function = function.replace("of_model text,", "of_model text, of_meter text,")
    return function.replace("of_model, of_organization", "of_model, of_meter, of_organization")


def _covered() -> str:
    return str(_TIERS._with_tiers(_QUARANTINE.COVERED, "u"))


def _take_in() -> str:
    return str(_TIERS._with_tiers(_RATE._take_in(), "i"))


def _run(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def upgrade() -> None:
    _run(CHARGE)
    _run(_take_in().replace(_LEAVES, _LEAVES_CLEAN))
    _run(_of_meter(_covered()))
    _run(_of_meter(_QUARANTINE.RELEASE))
    _run(AS_BEFORE)
    _run(UNDELIVERED)


def downgrade() -> None:
    _run("drop index intents_undelivered")
    _run(_replaced(_QUARANTINE.RELEASE))
    _run(_replaced(_covered()))
    _run("drop function release_quarantine(text, text, text, uuid, timestamptz, integer)")
    _run("drop function quarantine_covered(text, text, text, uuid)")
    _run(_take_in())
    _run(_replaced(_INTAKE.CHARGE))
