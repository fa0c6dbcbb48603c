"""Usage that waits for a price: what covers it by now, and its release under the wallets' locks."""

from alembic import op

revision = "0140"
down_revision = "0120"
branch_labels = None
depends_on = None

SPANS = """
-- A name that has prices of its own is not looked up as an alias too: a record has one price, never two.
create or replace view price_spans as
  select p.id, p.organization_id, p.provider, n.model, p.meter, p.currency,
         p.input_per_million_nanos as input_rate, p.output_per_million_nanos as output_rate,
         coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate,
         p.unit_nanos, p.effective_at,
         lead(p.effective_at, 1, 'infinity') over (
           partition by p.organization_id, p.provider, n.model, p.meter, p.currency order by p.effective_at) as until
    from prices p
    cross join lateral (
      select p.model
      union all
      select a.alias from model_aliases a
       where a.provider = p.provider and a.model = p.model
         and not exists (
           select from prices d where d.provider = a.provider and d.model = a.alias and d.meter = p.meter
              and d.currency = p.currency and d.organization_id is not distinct from p.organization_id)
    ) n (model);
create or replace view list_price_spans as
  select p.id, p.provider, n.model, p.input_per_million_nanos as input_rate, p.output_per_million_nanos as output_rate,
         coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate, p.effective_at,
         lead(p.effective_at, 1, 'infinity') over (partition by p.provider, n.model order by p.effective_at) as until
    from list_prices p
    cross join lateral (
      select p.model
      union all
      select a.alias from model_aliases a
       where a.provider = p.provider and a.model = p.model
         and not exists (select from list_prices d where d.provider = a.provider and d.model = a.alias)
    ) n (model);
"""

# Nanos of a record at the rates of a version, as `rate_tokens` says, written out: a call costs ten times the sum.
MILLIONTHS = """((u.input_tokens - u.cached_input_tokens) * {0}.input_rate + u.cached_input_tokens * {0}.cached_rate
           + u.output_tokens * {0}.output_rate)"""
TOKENS = f"""case when greatest(u.input_tokens, u.output_tokens) <= 1000000
           and greatest({{0}}.input_rate, {{0}}.cached_rate, {{0}}.output_rate) <= 1000000000000
         then ({MILLIONTHS} + 499999 + {MILLIONTHS} / 1000000 % 2) / 1000000
         else rate_tokens(u.input_tokens, u.cached_input_tokens, u.output_tokens, {{0}}.input_rate, {{0}}.cached_rate,
                          {{0}}.output_rate) end"""

COVERED = """
-- Quarantined records that a price covers by now, with what they cost and the month that carries them.
create function quarantine_covered(of_provider text, of_model text, of_organization uuid)
returns table (organization_id uuid, id text, occurred_at timestamptz, currency text, price_id uuid,
               list_price_id uuid, amount_nanos bigint, cost_nanos bigint, billed_in date)
language sql stable begin atomic
  with wanted as materialized (
    select distinct u.provider, u.model, u.meter from usage u
     where u.state = 'quarantined' and (of_provider is null or u.provider = of_provider)
       and (of_model is null or u.model = of_model)
  ), book as materialized (
    select s.* from price_spans s join wanted x on x.provider = s.provider and x.model = s.model and x.meter = s.meter
  ), list_book as materialized (
    select s.* from list_price_spans s join wanted x on x.provider = s.provider and x.model = s.model and x.meter = ''
  )
  select u.organization_id, u.id, u.occurred_at, w.currency, coalesce(o.id, b.id), l.id,
         case when u.meter <> ''
              then half_even(u.quantity_micros::numeric * coalesce(o.unit_nanos, b.unit_nanos), 1000000)
              else tokens(p) end,
         tokens(l),
         case when u.occurred_at < w.invoiced_until
              then date_trunc('month', (w.invoiced_until + interval '2 days') at time zone z.time_zone)::date end
    from usage u
    join wallets w on w.organization_id = u.organization_id
    join organizations z on z.id = u.organization_id
    left join book o on o.organization_id = u.organization_id and o.provider = u.provider and o.model = u.model
         and o.meter = u.meter and o.currency = w.currency and o.effective_at <= u.occurred_at and o.until > u.occurred_at
    left join book b on b.organization_id is null and b.provider = u.provider and b.model = u.model
         and b.meter = u.meter and b.currency = w.currency and b.effective_at <= u.occurred_at and b.until > u.occurred_at
    cross join lateral (
      select coalesce(o.input_rate, b.input_rate) as input_rate, coalesce(o.cached_rate, b.cached_rate) as cached_rate,
             coalesce(o.output_rate, b.output_rate) as output_rate) p
    left join list_book l on u.meter = '' and l.provider = u.provider and l.model = u.model
         and l.effective_at <= u.occurred_at and l.until > u.occurred_at
   where u.state = 'quarantined' and coalesce(o.id, b.id) is not null
     and (u.provider, u.model, u.meter) in (select s.provider, s.model, s.meter from book s)
     and (of_organization is null or u.organization_id = of_organization);
end;
""".replace("tokens(p)", TOKENS.format("p")).replace("tokens(l)", TOKENS.format("l"))

RELEASE = """
-- Prices and debits at most `most` of them in one commit; one row for each organization charged, none when done.
-- The wallets' locks, taken in the organizations' order, keep ingestion, invoicing and other releases apart.
create function release_quarantine(of_provider text, of_model text, of_organization uuid, at timestamptz, most integer)
returns table (organization_id uuid, currency text, records bigint, amount_nanos bigint, cost_nanos bigint)
language plpgsql as $$
#variable_conflict use_column
declare orgs uuid[]; batch bigint;
begin
  select array_agg(distinct c.organization_id) into orgs
    from (select organization_id from quarantine_covered(of_provider, of_model, of_organization) limit most) c;
  if orgs is null then return; end if;
  perform from wallets w where w.organization_id = any (orgs) order by w.organization_id for update;
  batch := nextval(pg_get_serial_sequence('usage_batches', 'id'));
  create temp table if not exists released (
    organization_id uuid, currency text, entry_id uuid, occurred_at timestamptz, amount_nanos bigint, cost_nanos bigint
  ) on commit delete rows;
  delete from released;
  with due as materialized (
    select c.*, entry.id as entry_id
      from (select * from quarantine_covered(of_provider, of_model, of_organization)
             where organization_id = any (orgs) limit most) c
      join (select o, uuidv7() as id from unnest(orgs) o) entry on entry.o = c.organization_id
  ), priced as (
    update usage u set state = 'priced', price_id = d.price_id, list_price_id = d.list_price_id,
           amount_nanos = d.amount_nanos, cost_nanos = d.cost_nanos, billed_in = d.billed_in, batch_id = batch,
           posting_id = case when d.amount_nanos > 0 or d.cost_nanos > 0 then d.entry_id end
      from due d
     where u.organization_id = d.organization_id and u.id = d.id and u.occurred_at = d.occurred_at
       and u.state = 'quarantined'
    returning u.organization_id, d.currency, d.entry_id, u.occurred_at, u.amount_nanos, coalesce(u.cost_nanos, 0)
  ) insert into released select * from priced;
  insert into usage_batches (id, records, first_at, last_at, received_at) overriding system value
    select batch, count(*), min(occurred_at), max(occurred_at), at from released having count(*) > 0;
  perform charge_wallets(array_agg(s.organization_id), array_agg(s.entry_id), array_agg(s.amount), array_agg(s.cost), 'usage', at)
    from (select r.organization_id, r.entry_id, sum(r.amount_nanos)::bigint as amount, sum(r.cost_nanos)::bigint as cost
            from released r group by 1, 2 order by 1) s;
  return query select r.organization_id, r.currency, count(*), sum(r.amount_nanos)::bigint, sum(r.cost_nanos)::bigint
    from released r group by 1, 2 order by 1;
end $$;
"""

DOWN = """
drop function release_quarantine(text, text, uuid, timestamptz, integer);
drop function quarantine_covered(text, text, uuid);
"""


def upgrade() -> None:
    for statements in (SPANS, COVERED, RELEASE):
        op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def downgrade() -> None:
    op.execute(DOWN)
