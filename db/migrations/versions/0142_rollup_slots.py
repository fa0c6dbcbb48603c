"""Roll-ups remember in which five minutes of the day something happened; what they miss has small indexes of its own.

The explorer finds the records of a rare model, user, key, bot or project through these slots: no index on the
table of records itself, which would cost every record that comes in.
"""

from alembic import op

revision = "0142"
down_revision = "0141"
branch_labels = None
depends_on = None

UP = """
alter table usage_by_model add column slots bit(288) not null default 0::bit(288);
alter table usage_by_project add column slots bit(288) not null default 0::bit(288);
alter table usage_by_user add column slots bit(288) not null default 0::bit(288);
alter table usage_by_key add column slots bit(288) not null default 0::bit(288);
alter table usage_by_bot add column slots bit(288) not null default 0::bit(288);
alter table usage_by_platform add column slots bit(288) not null default 0::bit(288);
create index usage_by_user_name on usage_by_user (end_user, day);
create index usage_by_key_name on usage_by_key (api_key_id, day);
create index usage_by_bot_name on usage_by_bot (bot_id, day);
create index usage_unpriced on usage (organization_id, occurred_at, id) where state <> 'priced';
create index usage_failed on usage (organization_id, occurred_at, id) where status <> 'ok';
create index usage_batches_age on usage_batches (received_at);

-- Keeps the position of batches in the newest partitions known, so that folding reads only what is new.
create function summarize_usage(months date[]) returns void language plpgsql security definer set search_path = public as $$
declare part regclass;
begin
  set local lock_timeout = '100ms';
  for part in
    select i.indexrelid::regclass from pg_index i
      join pg_inherits h on h.inhrelid = i.indexrelid and h.inhparent = 'usage_batch'::regclass
      join pg_class t on t.oid = i.indrelid
     where t.relname = 'usage_beyond' or t.relname = any (select 'usage_' || to_char(m, 'YYYY_MM') from unnest(months) m)
  loop
    begin
      perform brin_summarize_new_values(part);
    exception when lock_not_available then null;
    end;
  end loop;
end $$;
"""

DOWN = """
drop function summarize_usage(date[]);
drop index usage_failed, usage_unpriced, usage_by_bot_name, usage_by_key_name, usage_by_user_name, usage_batches_age;
alter table usage_by_model drop column slots;
alter table usage_by_project drop column slots;
alter table usage_by_user drop column slots;
alter table usage_by_key drop column slots;
alter table usage_by_bot drop column slots;
alter table usage_by_platform drop column slots;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
