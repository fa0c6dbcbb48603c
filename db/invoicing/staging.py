"""The session's staging tables for a chunk; made once per connection, their rows vanish with the transaction."""

from sqlalchemy import text

from db.engine import Tx

_TABLES = """
create temp table if not exists billing_scope (
  organization_id uuid primary key, invoice_id uuid not null, name text not null, billing_email text not null,
     country text not null,
  zone text not null, currency text not null, coin bigint not null, legal_entity text not null,
  open_month date, covers_from timestamptz, covers_until timestamptz not null, has_lots boolean not null,
     released boolean not null,
  discount_ppm bigint not null, tax_ppm bigint not null, tax_facts jsonb, buyer jsonb not null,
     last_month_nanos bigint, draft_id uuid,
  moved boolean not null
) on commit delete rows;
create temp table if not exists billing_months (
  organization_id uuid not null, month date not null, from_at timestamptz not null, until_at timestamptz not null,
  after_batch bigint
) on commit delete rows;
create temp table if not exists billing_parts (
  organization_id uuid not null, usage_month date not null, provider text not null, model text not null,
  meter text not null, price_id uuid, input_tokens numeric not null, cached_tokens numeric not null,
  output_tokens numeric not null, quantity_micros numeric not null, amount_nanos numeric not null
) on commit delete rows;
create temp table if not exists billing_groups (
  number bigint generated always as identity, organization_id uuid not null, usage_month date not null,
     provider text not null, model text not null,
  meter text not null, price_id uuid, input_tokens numeric not null, cached_tokens numeric not null,
     output_tokens numeric not null,
  quantity_micros numeric not null, amount_nanos numeric not null
) on commit delete rows;
create temp table if not exists billing_shares (
  organization_id uuid not null, unbilled_nanos numeric not null
) on commit delete rows;
create temp table if not exists billing_lines (
  organization_id uuid not null, position integer not null, kind text not null, description text not null,
     provider text not null, model text not null,
  measure text not null, meter text not null, usage_month date not null, price_id uuid, quantity numeric not null,
     unit text not null,
  unit_price_nanos bigint not null, exact_nanos numeric not null, amount_nanos bigint not null
) on commit delete rows;
create temp table if not exists billing_totals (
  organization_id uuid primary key, invoice_id uuid not null, verdict text not null, reason text not null,
     number text, sequence bigint,
  usage_nanos numeric not null, recurring_nanos numeric not null, unbilled_nanos numeric not null,
     rounding_nanos bigint not null,
  subtotal_nanos bigint not null, discount_nanos bigint not null, tax_nanos bigint not null,
     total_nanos bigint not null,
  credits_applied_nanos bigint not null, amount_due_nanos bigint not null
) on commit delete rows;
"""


async def prepare(tx: Tx) -> None:
    """The tables are there and empty."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            await tx.execute(text(statement))
