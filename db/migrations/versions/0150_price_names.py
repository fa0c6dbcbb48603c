"""Prices are found by name: the views of price versions read only what is asked for."""

from importlib import import_module

from alembic import op

revision = "0150"
down_revision = "0160"
branch_labels = None
depends_on = None

_BEFORE = import_module("db.migrations.versions.0140_quarantine").SPANS

SPANS = """
-- As two halves, names of their own and names of aliases, so that asking for one name reads only its versions.
create or replace view price_spans as
  select id, organization_id, provider, model, meter, currency, input_rate, output_rate, cached_rate, unit_nanos,
         effective_at, lead(effective_at, 1, 'infinity') over (
           partition by organization_id, provider, model, meter, currency order by effective_at) as until
    from (
      select p.id, p.organization_id, p.provider, p.model, p.meter, p.currency,
             p.input_per_million_nanos as input_rate, p.output_per_million_nanos as output_rate,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate,
             p.unit_nanos, p.effective_at
        from prices p
      union all
      select p.id, p.organization_id, p.provider, a.alias, p.meter, p.currency,
             p.input_per_million_nanos, p.output_per_million_nanos,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos), p.unit_nanos, p.effective_at
        from model_aliases a
        join prices p on p.provider = a.provider and p.model = a.model
       where not exists (
         select from prices d where d.provider = a.provider and d.model = a.alias and d.meter = p.meter
            and d.currency = p.currency and d.organization_id is not distinct from p.organization_id)
    ) named;
create or replace view list_price_spans as
  select id, provider, model, input_rate, output_rate, cached_rate, effective_at,
         lead(effective_at, 1, 'infinity') over (partition by provider, model order by effective_at) as until
    from (
      select p.id, p.provider, p.model, p.input_per_million_nanos as input_rate,
             p.output_per_million_nanos as output_rate,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate, p.effective_at
        from list_prices p
      union all
      select p.id, p.provider, a.alias, p.input_per_million_nanos, p.output_per_million_nanos,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos), p.effective_at
        from model_aliases a
        join list_prices p on p.provider = a.provider and p.model = a.model
       where not exists (select from list_prices d where d.provider = a.provider and d.model = a.alias)
    ) named;
"""


def upgrade() -> None:
    op.execute(SPANS)


def downgrade() -> None:
    op.execute(_BEFORE)
