"""Price versions, provider list prices, tax rates; wallets, credit lots and postings."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
-- A price version holds from `effective_at` until the next version of the same thing begins: no end is stored, so no two can overlap.
-- Rates are nanos per million units. A row without an organization is the price for all; one with it goes first.
create table prices (
  id uuid primary key,
  organization_id uuid references organizations (id),
  provider text not null check (length(provider) between 1 and 100),
  model text not null default '' check (length(model) <= 200),
  meter text not null default '' check (length(meter) <= 100),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  input_per_million_nanos bigint not null default 0 check (input_per_million_nanos between 0 and 1000000000000000),
  output_per_million_nanos bigint not null default 0 check (output_per_million_nanos between 0 and 1000000000000000),
  cached_input_per_million_nanos bigint check (cached_input_per_million_nanos between 0 and 1000000000000000),
  unit_nanos bigint not null default 0 check (unit_nanos between 0 and 1000000000000000000),
  unit text not null default 'tokens',
  effective_at timestamptz not null,
  created_at timestamptz not null,
  created_by text not null,
  unique nulls not distinct (organization_id, provider, model, meter, currency, effective_at),
  check (model <> '' or meter <> '')
);
create index prices_lookup on prices (provider, model, meter, currency, effective_at);
create trigger append_only before update or delete on prices for each row execute function refuse_change();
revoke update, delete on prices from backoffice_app;

create table model_aliases (
  provider text not null,
  alias text not null check (length(alias) between 1 and 200),
  model text not null,
  created_at timestamptz not null,
  primary key (provider, alias),
  check (alias <> model)
);

-- What the provider charges us, in US dollars, by its public list.
create table list_prices (
  id uuid primary key,
  provider text not null,
  model text not null,
  input_per_million_nanos bigint not null check (input_per_million_nanos >= 0),
  output_per_million_nanos bigint not null check (output_per_million_nanos >= 0),
  cached_input_per_million_nanos bigint check (cached_input_per_million_nanos >= 0),
  effective_at timestamptz not null,
  source text not null,
  created_at timestamptz not null,
  unique (provider, model, effective_at)
);

create table tax_rates (
  id uuid primary key,
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text not null default '',
  name text not null check (length(name) between 1 and 60),
  rate_ppm integer not null check (rate_ppm between 0 and 1000000),
  effective_on date not null,
  created_at timestamptz not null,
  unique (country, region, effective_on)
);
create trigger append_only before update or delete on tax_rates for each row execute function refuse_change();

-- Monthly amounts agreed with one organization: infrastructure for local models, add-ons.
create table recurring_charges (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  kind text not null check (kind in ('infrastructure', 'add_on')),
  description text not null check (length(description) between 1 and 200),
  monthly_nanos bigint not null check (monthly_nanos > 0),
  starts_on date not null,
  ends_on date check (ends_on >= starts_on),
  created_at timestamptz not null
);
create index recurring_charges_organization on recurring_charges (organization_id);
call open_to_clients('recurring_charges', 'select');

-- The row that is locked before anything of an organization's money changes.
create table wallets (
  organization_id uuid primary key references organizations (id),
  currency text not null,
  balance_nanos bigint not null default 0,
  held_nanos bigint not null default 0 check (held_nanos >= 0),
  floor_nanos bigint not null default 0 check (floor_nanos >= 0),
  invoiced_until timestamptz,
  check (balance_nanos >= 0)
);

create table credit_lots (
  id uuid primary key,
  organization_id uuid not null references wallets (organization_id),
  kind text not null check (kind in ('purchased', 'granted')),
  reason text not null,
  priority smallint not null default 50,
  amount_nanos bigint not null check (amount_nanos > 0),
  remaining_nanos bigint not null check (remaining_nanos between 0 and amount_nanos),
  expires_at timestamptz,
  key text not null unique,
  created_at timestamptz not null
);
create index credit_lots_open on credit_lots (organization_id, priority, expires_at, id) where remaining_nanos > 0;
create index credit_lots_expiring on credit_lots (expires_at) where remaining_nanos > 0 and expires_at is not null;

-- One posting: an amount above zero moves from one account to another. It cannot be unbalanced and is never changed.
create table postings (
  id uuid primary key,
  entry_id uuid not null,
  organization_id uuid not null references organizations (id),
  debit text not null,
  credit text not null,
  amount_nanos bigint not null check (amount_nanos > 0),
  currency text not null,
  cause text not null,
  subject_id text not null default '',
  lot_id uuid references credit_lots (id),
  key text not null unique,
  posted_at timestamptz not null,
  check (debit <> credit),
  check (debit = any (array['wallet:purchased','wallet:granted','receivable:unbilled','receivable:billed','revenue:usage','revenue:plan','revenue:storage','revenue:recurring','revenue:discount','cost:provider','payable:provider','tax:payable','cash:stripe','cash:bank','fees:stripe','refunds','rounding','promotion','breakage'])),
  check (credit = any (array['wallet:purchased','wallet:granted','receivable:unbilled','receivable:billed','revenue:usage','revenue:plan','revenue:storage','revenue:recurring','revenue:discount','cost:provider','payable:provider','tax:payable','cash:stripe','cash:bank','fees:stripe','refunds','rounding','promotion','breakage']))
);
create index postings_statement on postings (organization_id, posted_at, id);
create index postings_wallet on postings (organization_id, posted_at, id) where debit in ('wallet:purchased', 'wallet:granted') or credit in ('wallet:purchased', 'wallet:granted');
create index postings_entry on postings (entry_id);
create index postings_subject on postings (subject_id) where subject_id <> '';
create trigger append_only before update or delete on postings for each row execute function refuse_change();
create trigger append_only_truncate before truncate on postings for each statement execute function refuse_change();
revoke update, delete, truncate on postings from backoffice_app;

call open_to_clients('wallets', 'select');
call open_to_clients('credit_lots', 'select');
call open_to_clients('postings', 'select');
"""

DOWN = "drop table postings, credit_lots, wallets, recurring_charges, tax_rates, list_prices, model_aliases, prices cascade"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
