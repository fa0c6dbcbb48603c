"""Months that have ended are kept as sums of their own: a year is twelve rows a user instead of hundreds."""

from alembic import op

revision = "0144"
down_revision = "0143"
branch_labels = None
depends_on = None

TABLES = (
    "usage_by_hour",
    "usage_by_model",
    "usage_by_project",
    "usage_by_user",
    "usage_by_key",
    "usage_by_bot",
    "usage_by_platform",
)

UP = """
-- `kind` says what `key` is: a model (provider/model), a project, user, key or bot of an organization, or with the
-- organization of zeros what the platform sold (currency/provider/model).
create table usage_by_month (
  organization_id uuid not null, month date not null check (extract(day from month) = 1), kind text not null, key text not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null,
  cached_input_tokens bigint not null, amount_nanos bigint not null, cost_nanos bigint not null,
  duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, kind, month, key)
);
-- The months that are in it; usage that comes late for one of them is added to it too.
create table usage_months (
  month date not null, kind text not null, closed_at timestamptz not null,
  primary key (kind, month)
);
call open_to_clients('usage_by_month', 'select');
grant select on usage_months to backoffice_client;
"""

DOWN = "drop table usage_months, usage_by_month"


def upgrade() -> None:
    op.execute(UP)
    for table in TABLES:
        op.execute(f"alter table {table} alter amount_nanos type bigint, alter cost_nanos type bigint")


def downgrade() -> None:
    op.execute(DOWN)
    for table in TABLES:
        op.execute(f"alter table {table} alter amount_nanos type numeric, alter cost_nanos type numeric")
