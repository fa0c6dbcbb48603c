"""Billing runs, invoices with their lines and documents, payments, and what the money proofs found."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
create table billing_runs (
  id uuid primary key,
  period date not null check (extract(day from period) = 1),
  zone text not null default '',
  preview boolean not null default false,
  canary integer not null default 0 check (canary >= 0),
  state text not null default 'pending' check (state in ('pending', 'running', 'paused', 'completed', 'cancelled', 'failed')),
  stage text not null default '',
  workflow_id text not null unique,
  requested_by text not null,
  organization_ids uuid[],
  organizations integer not null default 0,
  chunks integer not null default 0,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  last_error text not null default ''
);
create index billing_runs_recent on billing_runs (created_at desc);

-- The frozen list: who belongs to a run, and what became of each.
create table billing_run_items (
  run_id uuid not null references billing_runs (id),
  organization_id uuid not null references organizations (id),
  chunk integer not null,
  state text not null default 'pending' check (state in ('pending', 'invoiced', 'skipped', 'held', 'failed')),
  released boolean not null default false,
  invoice_id uuid,
  currency text not null,
  total_nanos bigint,
  last_month_nanos bigint,
  reason text not null default '',
  result jsonb,
  primary key (run_id, organization_id)
);
create index billing_run_items_chunk on billing_run_items (run_id, chunk);

create table invoices (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  kind text not null default 'invoice' check (kind in ('invoice', 'credit_note')),
  corrects_id uuid references invoices (id),
  legal_entity text not null references legal_entities (code),
  period date not null,
  covers_from timestamptz,
  covers_until timestamptz,
  sequence bigint,
  number text unique,
  state text not null check (state in ('draft', 'finalized', 'paid', 'past_due', 'void', 'uncollectible')),
  currency text not null,
  usage_nanos numeric not null default 0,
  rounding_nanos bigint not null default 0,
  subtotal_nanos bigint not null,
  discount_nanos bigint not null default 0,
  tax_nanos bigint not null default 0,
  total_nanos bigint not null,
  credits_applied_nanos bigint not null default 0,
  amount_due_nanos bigint not null check (amount_due_nanos >= 0),
  amount_paid_nanos bigint not null default 0 check (amount_paid_nanos >= 0),
  amount_credited_nanos bigint not null default 0 check (amount_credited_nanos >= 0),
  discount_snapshot jsonb,
  tax_snapshot jsonb,
  buyer jsonb not null,
  seller jsonb not null,
  reason text not null default '',
  run_id uuid references billing_runs (id),
  created_at timestamptz not null,
  finalized_at timestamptz,
  due_on date,
  paid_at timestamptz,
  voided_at timestamptz,
  unique (legal_entity, kind, sequence),
  check (total_nanos = subtotal_nanos - discount_nanos + tax_nanos),
  check (amount_due_nanos = total_nanos - credits_applied_nanos),
  check ((state = 'draft') = (number is null)),
  check (amount_paid_nanos + amount_credited_nanos <= amount_due_nanos)
);
-- Each organization is invoiced once per period, whatever crashes or repeats.
create unique index invoices_once on invoices (organization_id, period) where kind = 'invoice';
create index invoices_organization on invoices (organization_id, created_at desc);
create index invoices_recent on invoices (created_at desc);
create index invoices_open on invoices (due_on) where state in ('finalized', 'past_due');
create index invoices_run on invoices (run_id);

create table invoice_lines (
  id uuid primary key,
  invoice_id uuid not null references invoices (id) on delete cascade,
  organization_id uuid not null references organizations (id),
  position integer not null,
  kind text not null check (kind in ('usage', 'meter', 'adjustment', 'recurring', 'credit')),
  description text not null,
  provider text not null default '',
  model text not null default '',
  measure text not null default '' check (measure in ('', 'input', 'cached', 'output', 'quantity')),
  meter text not null default '',
  usage_month date,
  price_id uuid references prices (id),
  quantity numeric not null,
  unit text not null,
  unit_price_nanos bigint not null,
  exact_nanos numeric not null,
  amount_nanos bigint not null,
  unique (invoice_id, position)
);

create table invoice_documents (
  invoice_id uuid primary key references invoices (id),
  organization_id uuid not null references organizations (id),
  sha256 bytea not null check (length(sha256) = 32),
  pages integer not null default 1,
  bytes bytea not null,
  rendered_at timestamptz not null
);
alter table invoice_documents alter column bytes set storage external;

-- A finalized invoice keeps its figures: only its state, its payment and its document move.
create function keep_finalized() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (tg_op = 'DELETE' or
     row(old.id, old.organization_id, old.kind, old.period, old.number, old.currency, old.subtotal_nanos, old.discount_nanos, old.tax_nanos, old.total_nanos, old.credits_applied_nanos, old.amount_due_nanos, old.buyer, old.seller, old.tax_snapshot, old.covers_from, old.covers_until)
     is distinct from
     row(new.id, new.organization_id, new.kind, new.period, new.number, new.currency, new.subtotal_nanos, new.discount_nanos, new.tax_nanos, new.total_nanos, new.credits_applied_nanos, new.amount_due_nanos, new.buyer, new.seller, new.tax_snapshot, new.covers_from, new.covers_until))
  then raise exception 'invoice % is finalized: correct it with a credit note', old.number using errcode = 'insufficient_privilege'; end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger keep_finalized before update or delete on invoices for each row execute function keep_finalized();

create table payments (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  invoice_id uuid not null references invoices (id),
  method text not null check (method in ('card', 'bank_transfer')),
  state text not null check (state in ('created', 'processing', 'requires_action', 'succeeded', 'failed', 'cancelled')),
  charge_number integer not null check (charge_number > 0),
  charge_key text not null unique,
  amount_nanos bigint not null check (amount_nanos > 0),
  currency text not null,
  fee_nanos bigint not null default 0,
  stripe_intent_id text unique,
  stripe_charge_id text,
  decline_code text not null default '',
  hosted_url text not null default '',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  settled_at timestamptz,
  unique (invoice_id, charge_number)
);
create index payments_recent on payments (created_at desc);
-- Never two charges under way for one invoice.
create unique index payments_single on payments (invoice_id) where state in ('created', 'processing', 'requires_action');

create table proof_findings (
  id uuid primary key,
  proof text not null,
  subject_id text not null,
  organization_id uuid,
  detail text not null,
  found_at timestamptz not null,
  seen_at timestamptz not null,
  resolved_at timestamptz
);
create unique index proof_findings_open on proof_findings (proof, subject_id) where resolved_at is null;

create table proof_runs (
  id uuid primary key,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  findings integer not null,
  durations jsonb not null
);

call open_to_clients('invoices', 'select');
call open_to_clients('invoice_lines', 'select');
call open_to_clients('invoice_documents', 'select');
call open_to_clients('payments', 'select');
"""

DOWN = """
drop table proof_runs, proof_findings, payments, invoice_documents, invoice_lines, invoices, billing_run_items, billing_runs cascade;
drop function keep_finalized();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
