"""Where keys were used, which origins may use them, and how long payloads are kept."""

from alembic import op

revision = "0270"
down_revision = "0260"
branch_labels = None
depends_on = None

UP = """
alter table api_keys
  add column kind text not null default 'secret' check (kind in ('secret', 'publishable')),
  add column origins text[] not null default '{}',
  add column public_key text not null default '',
  add column created_by_user uuid references users (id),
  add column last_used_ip text not null default '',
  add column warned_days smallint check (warned_days in (14, 3, 0)),
  -- A publishable key is no secret, so it may do one thing only, from named pages only.
  add constraint api_keys_publishable check (
    kind = 'secret' and origins = '{}' and public_key = ''
    or kind = 'publishable' and cardinality(origins) > 0 and public_key <> '' and scopes = '{widget:chat}');
create index api_keys_expiring on api_keys (expires_at) where revoked_at is null and replaced_by is null and warned_days is distinct from 0;

-- Every API process listens here and forgets what it remembers, so that a key stops everywhere at once.
create function tell_of_keys() returns trigger language plpgsql as $$
begin perform pg_notify('backoffice_keys', ''); return null; end $$;
create trigger told after update of revoked_at, expires_at, scopes, origins on api_keys for each statement execute function tell_of_keys();
create trigger told_of_keys after update of state on organizations for each row
  when (old.state is distinct from new.state) execute function tell_of_keys();

create table organization_settings (
  organization_id uuid primary key references organizations (id),
  payload_retention text not null default 'retain' check (payload_retention in ('retain', 'none')),
  data_contact text not null default '' check (length(data_contact) <= 254),
  updated_at timestamptz not null
);
call open_to_clients('organization_settings', 'select');

-- Honoured where payloads are stored, whoever stores them.
create function keep_no_payload() returns trigger language plpgsql as $$
begin
  if exists (select from organization_settings s where s.organization_id = new.organization_id and s.payload_retention = 'none')
  then return null; end if;
  return new;
end $$;
create trigger retention before insert on usage_payloads for each row execute function keep_no_payload();

-- The root of a hash tree over the entries since the seal before: one entry's place is proved without the others.
alter table audit_seals add column first_sequence bigint, add column root bytea;
"""

DOWN = """
alter table audit_seals drop column first_sequence, drop column root;
drop trigger retention on usage_payloads;
drop function keep_no_payload();
drop table organization_settings;
drop trigger told_of_keys on organizations;
drop trigger told on api_keys;
drop function tell_of_keys();
drop index api_keys_expiring;
alter table api_keys
  drop constraint api_keys_publishable, drop column kind, drop column origins, drop column public_key,
  drop column created_by_user, drop column last_used_ip, drop column warned_days;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
