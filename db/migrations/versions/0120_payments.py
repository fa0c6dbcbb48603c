"""Payments remember the card, what of the money settled the invoice, what went back, and a transfer's own facts."""

from alembic import op

revision = "0120"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
alter table payments
  add payment_method_id text not null default '',
  add applied_nanos bigint not null default 0 check (applied_nanos between 0 and amount_nanos),
  add refunded_nanos bigint not null default 0 check (refunded_nanos between 0 and amount_nanos),
  add dispute_state text not null default '',
  add reference text not null default '',
  add received_on date,
  add recorded_by text not null default '';
create index payments_organization on payments (organization_id, created_at desc);
create unique index billing_profiles_customer on billing_profiles (stripe_customer_id);
"""

DOWN = """
drop index billing_profiles_customer;
drop index payments_organization;
alter table payments
  drop payment_method_id, drop applied_nanos, drop refunded_nanos, drop dispute_state,
  drop reference, drop received_on, drop recorded_by;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
