"""What the money proofs stand on: indexes that make them quick, and each run's reach."""

from alembic import op

revision = "0130"
down_revision = "0142"
branch_labels = None
depends_on = None

UP = """
-- Always empty while the books are right: a record that was charged without a posting, or posted without a charge.
create index usage_astray on usage (organization_id)
  where (state = 'priced' and amount_nanos is null)
     or (state = 'priced' and posting_id is null and (amount_nanos > 0 or cost_nanos > 0))
     or (state <> 'priced' and posting_id is not null);

create index postings_recent on postings using brin (posted_at) with (pages_per_range = 16, autosummarize = on);
create index postings_lot on postings (lot_id) include (debit, amount_nanos) where lot_id is not null;
create index postings_billed on postings (organization_id) include (debit, amount_nanos)
  where debit = 'receivable:billed' or credit = 'receivable:billed';

alter table proof_runs
  add scope text not null default 'full' check (scope in ('recent', 'full')),
  add requested_by text not null default '';
create index proof_runs_recent on proof_runs (started_at desc);
alter table proof_findings
  add kind text not null default 'break' check (kind in ('break', 'warning')),
  add alerted_at timestamptz;
create index proof_findings_found on proof_findings (found_at desc);
"""

DOWN = """
drop index proof_findings_found;
alter table proof_findings drop kind, drop alerted_at;
drop index proof_runs_recent;
alter table proof_runs drop scope, drop requested_by;
drop index postings_billed;
drop index postings_lot;
drop index postings_recent;
drop index usage_astray;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
