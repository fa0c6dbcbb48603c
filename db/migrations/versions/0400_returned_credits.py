"""What was paid can be corrected: it goes back into the client's credits, and so does what a transfer had too much."""

from alembic import op

revision = "0400"
down_revision = "0310"

UP = """
alter table invoices
  add column amount_returned_nanos bigint not null default 0 check (amount_returned_nanos >= 0),
  add constraint invoices_returned_was_paid check (kind = 'credit_note' or amount_returned_nanos <= amount_paid_nanos);
alter table payments
  add column credited_nanos bigint not null default 0 check (credited_nanos >= 0),
  add constraint payments_credited_was_too_much check (applied_nanos + credited_nanos <= amount_nanos);
"""
DOWN = """
alter table payments drop column credited_nanos;
alter table invoices drop column amount_returned_nanos;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
