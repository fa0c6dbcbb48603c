"""A run sums its month's records once, before any lock; a line belongs to its invoice's organization by one key."""

from alembic import op

revision = "0110"
down_revision = "0144"
branch_labels = None
depends_on = None

UP = """
alter table invoices add constraint invoices_owner unique (id, organization_id);
alter table invoice_lines drop constraint invoice_lines_organization_id_fkey;
alter table invoice_lines drop constraint invoice_lines_invoice_id_fkey;
-- Prices are never changed nor removed, and a line takes its price from the statement's own join.
alter table invoice_lines drop constraint invoice_lines_price_id_fkey;
alter table invoice_lines add constraint invoice_lines_invoice
  foreign key (invoice_id, organization_id) references invoices (id, organization_id) on delete cascade;

-- The batch up to which a run has summed the records of its own month; without one every chunk reads the records.
alter table billing_runs add summed_until_batch bigint;
-- The zone whose month was summed: an organization that moves meanwhile is summed anew.
alter table billing_run_items add zone text not null default '';
create table billing_run_sums (
  run_id uuid not null references billing_runs (id),
  organization_id uuid not null,
  provider text not null,
  model text not null,
  meter text not null,
  price_id uuid,
  input_tokens numeric not null,
  cached_input_tokens numeric not null,
  output_tokens numeric not null,
  quantity_micros numeric not null,
  amount_nanos numeric not null
);
create index billing_run_sums_organization on billing_run_sums (run_id, organization_id);
"""

DOWN = """
drop table billing_run_sums;
alter table billing_run_items drop zone;
alter table billing_runs drop summed_until_batch;
alter table invoice_lines drop constraint invoice_lines_invoice;
alter table invoice_lines add constraint invoice_lines_invoice_id_fkey
  foreign key (invoice_id) references invoices (id) on delete cascade;
alter table invoice_lines add constraint invoice_lines_organization_id_fkey
  foreign key (organization_id) references organizations (id);
alter table invoice_lines add constraint invoice_lines_price_id_fkey foreign key (price_id) references prices (id);
alter table invoices drop constraint invoices_owner;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
