"""Tiers by the size of a request: other rates for a whole request of more than so many input tokens.

A tier is a row of the price book beside its version, so a record's price, an invoice's line and an explanation name
the rates that were charged. A version ends where the next one begins, and its tiers with it.
"""

from importlib import import_module

from alembic import op

revision = "0340"
down_revision = "0300"
branch_labels = None
depends_on = None

_QUARANTINE = import_module("db.migrations.versions.0140_quarantine")
_NAMES = import_module("db.migrations.versions.0150_price_names")
_RATE = import_module("db.migrations.versions.0151_intake_rate")

TABLES = """
alter table prices add tier_of uuid, add above_tokens bigint not null default 0,
  drop constraint prices_organization_id_provider_model_meter_currency_effect_key,
  add unique (id, provider, model, meter, currency, effective_at),
  add constraint prices_one_for_each_instant
    unique nulls not distinct (organization_id, provider, model, meter, currency, effective_at, above_tokens),
  add constraint prices_tier_belongs_to_its_version
    foreign key (tier_of, provider, model, meter, currency, effective_at)
    references prices (id, provider, model, meter, currency, effective_at),
  add constraint prices_tier_above_something check ((tier_of is null) = (above_tokens = 0) and above_tokens >= 0),
  add constraint prices_tier_of_tokens check (tier_of is null or meter = '');
create index prices_tiers on prices (tier_of, above_tokens) where tier_of is not null;
alter table list_prices add tier_of uuid, add above_tokens bigint not null default 0,
  drop constraint list_prices_provider_model_effective_at_key,
  add unique (id, provider, model, effective_at),
  add constraint list_prices_one_for_each_instant unique (provider, model, effective_at, above_tokens),
  add constraint list_prices_tier_belongs_to_its_version
    foreign key (tier_of, provider, model, effective_at) references list_prices (id, provider, model, effective_at),
  add constraint list_prices_tier_above_something
    check ((tier_of is null) = (above_tokens = 0) and above_tokens >= 0);
create index list_prices_tiers on list_prices (tier_of, above_tokens) where tier_of is not null;
"""

# `groups between` looks at the next instant, where `lead` would see the other tiers of the same one.
_UNTIL = """coalesce(first_value(effective_at) over (partition by {0} order by effective_at
           groups between 1 following and unbounded following), 'infinity') as until,
         above_tokens + (above_tokens > 0)::integer as from_tokens,
         lead(above_tokens + 1, 1, 9223372036854775807) over (
           partition by {0}, effective_at order by above_tokens) as until_tokens"""

SPANS = """
create or replace view price_spans as
  select id, organization_id, provider, model, meter, currency, input_rate, output_rate, cached_rate, unit_nanos,
         effective_at, {prices}
    from (
      select p.id, p.organization_id, p.provider, p.model, p.meter, p.currency,
             p.input_per_million_nanos as input_rate, p.output_per_million_nanos as output_rate,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate,
             p.unit_nanos, p.effective_at, p.above_tokens
        from prices p
      union all
      select p.id, p.organization_id, p.provider, a.alias, p.meter, p.currency,
             p.input_per_million_nanos, p.output_per_million_nanos,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos), p.unit_nanos, p.effective_at,
             p.above_tokens
        from model_aliases a
        join prices p on p.provider = a.provider and p.model = a.model
       where not exists (
         select from prices d where d.provider = a.provider and d.model = a.alias and d.meter = p.meter
            and d.currency = p.currency and d.organization_id is not distinct from p.organization_id)
    ) named;
create or replace view list_price_spans as
  select id, provider, model, input_rate, output_rate, cached_rate, effective_at, {list_prices}
    from (
      select p.id, p.provider, p.model, p.input_per_million_nanos as input_rate,
             p.output_per_million_nanos as output_rate,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos) as cached_rate, p.effective_at,
             p.above_tokens
        from list_prices p
      union all
      select p.id, p.provider, a.alias, p.input_per_million_nanos, p.output_per_million_nanos,
             coalesce(p.cached_input_per_million_nanos, p.input_per_million_nanos), p.effective_at, p.above_tokens
        from model_aliases a
        join list_prices p on p.provider = a.provider and p.model = a.model
       where not exists (select from list_prices d where d.provider = a.provider and d.model = a.alias)
    ) named;
""".replace("{prices}", _UNTIL.format("organization_id, provider, model, meter, currency")).replace(
    "{list_prices}", _UNTIL.format("provider, model")
)

# Where each statement looks for the version of an instant, it looks for the tier of the request's size too.
_SIZED = " and {0}.from_tokens <= {1}.input_tokens and {0}.until_tokens > {1}.input_tokens"
_VERSION = "{0}.effective_at <= {1}.occurred_at and {0}.until > {1}.occurred_at"


def _with_tiers(function: str, record: str) -> str:
    """A function that rates records, minding tiers."""
    for book in ("o", "b", "l"):
        version = _VERSION.format(book, record)
        function = function.replace(version, version + _SIZED.format(book, record))
    return function


def _replaced(function: str) -> str:
    return function.replace("create function", "create or replace function")


DOWN = """
drop function quarantine_covered(text, text, uuid);
drop view price_spans, list_price_spans;
alter table prices disable trigger append_only;
delete from prices where tier_of is not null;
alter table prices enable trigger append_only;
delete from list_prices where tier_of is not null;
alter table prices drop tier_of, drop above_tokens,
  drop constraint prices_id_provider_model_meter_currency_effective_at_key,
  add constraint prices_organization_id_provider_model_meter_currency_effect_key
    unique nulls not distinct (organization_id, provider, model, meter, currency, effective_at);
alter table list_prices drop tier_of, drop above_tokens,
  drop constraint list_prices_id_provider_model_effective_at_key, add unique (provider, model, effective_at);
"""


def _run(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def upgrade() -> None:
    _run(TABLES)
    _run(SPANS)
    _run(_with_tiers(_replaced(_QUARANTINE.COVERED), "u"))
    _run(_with_tiers(_RATE._take_in(), "i"))


def downgrade() -> None:
    _run(DOWN)
    _run(_NAMES.SPANS)
    _run("grant select on price_spans, list_price_spans to backoffice_app")
    _run(_QUARANTINE.COVERED)
    _run(_RATE._take_in())
