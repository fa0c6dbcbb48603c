"""Long windows from sums of closed days and months, and the largest parts of long lists, ranked beforehand.

Users, keys and bots are kept by project too, models of a project by day. The roll-ups are made anew from the
records: their batches wait again, and the pump folds them.
"""

from alembic import op

revision = "0160"
down_revision = "0270"
branch_labels = None
depends_on = None

SUMS = """requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null,
  cached_input_tokens bigint not null, amount_nanos bigint not null, cost_nanos bigint not null, duration_ms bigint not null,
  timed bigint not null"""
NOBODY = "'00000000-0000-0000-0000-000000000000'"
NAMED = {"usage_by_user": "end_user", "usage_by_key": "api_key_id", "usage_by_bot": "bot_id"}
ROLLUPS = ("usage_by_hour", "usage_by_model", "usage_by_project", *NAMED, "usage_by_platform")

UP = f"""
drop table usage_months, usage_by_month;
create table usage_by_project_model (
  organization_id uuid not null, day date not null, project_id uuid not null, provider text not null, model text not null,
  {SUMS}, primary key (day, organization_id, project_id, provider, model)
);
-- Sums of days and months that have ended. The organization of zeros is everybody, the project of zeros is none.
create table usage_closed (
  kind text not null, grain text not null check (grain in ('day', 'month')), since date not null,
  organization_id uuid not null, key text not null, currency text not null, project_id uuid not null,
  {SUMS}, primary key (kind, grain, since, organization_id, key, currency, project_id)
);
-- The days and months in it; usage that comes late for one is added, and its long lists are ranked anew.
create table usage_closings (
  kind text not null, grain text not null, since date not null, closed_at timestamptz not null,
  is_ranked boolean not null, primary key (kind, grain, since)
);
create index usage_closings_unranked on usage_closings (since) where not is_ranked;
-- The head of a long list: its largest keys by either measure, what the last of them comes to (none further is
-- larger), the sums of all, and the smallest hashes of the keys, from which their number in several lists is estimated.
create table usage_tops (
  organization_id uuid not null, kind text not null, project_id uuid not null, grain text not null, since date not null,
  currency text not null, parts bigint not null, active bigint not null, {SUMS},
  keys_by_amount text[] not null, amounts bigint[] not null, rest_amount bigint not null,
  keys_by_requests text[] not null, counts bigint[] not null, rest_count bigint not null, hashes bigint[] not null,
  primary key (organization_id, kind, project_id, grain, since, currency)
);
call open_to_clients('usage_by_project_model', 'select');
call open_to_clients('usage_closed', 'select');
call open_to_clients('usage_tops', 'select');
grant select on usage_closings to backoffice_client;
"""

DOWN = """
drop table usage_tops, usage_closings, usage_closed, usage_by_project_model;
create table usage_by_month (
  organization_id uuid not null, month date not null check (extract(day from month) = 1), kind text not null, key text not null,
  requests bigint not null, errors bigint not null, input_tokens bigint not null, output_tokens bigint not null,
  cached_input_tokens bigint not null, amount_nanos bigint not null, cost_nanos bigint not null,
  duration_ms bigint not null, timed bigint not null,
  primary key (organization_id, kind, month, key)
);
create table usage_months (
  month date not null, kind text not null, closed_at timestamptz not null,
  primary key (kind, month)
);
call open_to_clients('usage_by_month', 'select');
grant select on usage_months to backoffice_client;
"""

# Every batch that has records waits to be folded, so that the pump fills the emptied roll-ups.
ANEW = """
insert into usage_batches (id, records, first_at, last_at, received_at) overriding system value
  select u.batch_id, count(*), min(u.occurred_at), max(u.occurred_at), max(u.received_at)
    from usage u where u.state = 'priced' and not exists (select from usage_batches b where b.id = u.batch_id) group by 1
"""


def upgrade() -> None:
    op.execute(f"truncate {', '.join(ROLLUPS)}")
    op.execute(UP)
    for table, key in NAMED.items():
        op.execute(f"""
alter table {table} add column within_project_id uuid not null default {NOBODY}, drop constraint {table}_pkey;
alter table {table} add primary key (day, organization_id, {key}, within_project_id);
""")
    op.execute("""
alter table usage_by_project drop constraint usage_by_project_pkey;
alter table usage_by_project add primary key (hour, organization_id, project_id);
""")
    op.execute(ANEW)


def downgrade() -> None:
    op.execute(f"truncate {', '.join(ROLLUPS)}")
    for table, key in NAMED.items():
        op.execute(f"""
alter table {table} drop constraint {table}_pkey, drop column within_project_id;
alter table {table} add primary key (organization_id, day, {key});
""")
    op.execute("""
alter table usage_by_project drop constraint usage_by_project_pkey;
alter table usage_by_project add primary key (organization_id, hour, project_id);
""")
    op.execute(DOWN)
    op.execute(ANEW)
