"""Audit, intents, webhooks, mails: what was done, what is to be done, what came in, what went out."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
create table audit (
  sequence bigint primary key check (sequence > 0),
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null default '',
  ip text not null default '',
  request_id text not null default '',
  action text not null,
  target_kind text not null,
  target_id text not null,
  organization_id uuid,
  before jsonb,
  after jsonb,
  previous_hash bytea not null check (length(previous_hash) = 32),
  hash bytea not null check (length(hash) = 32)
);
create index audit_organization on audit (organization_id, sequence);
create index audit_target on audit (target_kind, target_id, sequence);

create table audit_head (
  single boolean primary key default true check (single),
  sequence bigint not null,
  hash bytea not null
);
insert into audit_head values (true, 0, decode(repeat('00', 32), 'hex'));

create table audit_seals (
  day date primary key,
  sequence bigint not null,
  hash bytea not null check (length(hash) = 32),
  sealed_at timestamptz not null
);

-- Locks the head until the transaction ends: entries are appended one transaction after another.
create function lock_audit_head(out sequence bigint, out hash bytea) language sql security definer set search_path = public
  begin atomic select h.sequence, h.hash from audit_head h where h.single for update; end;

-- Keeps the chain: a new entry must follow the head, and becomes it.
create function link_audit() returns trigger language plpgsql security definer set search_path = public as $$
begin
  update audit_head set sequence = new.sequence, hash = new.hash
   where single and sequence = new.sequence - 1 and hash = new.previous_hash;
  if not found then raise exception 'audit entry % does not follow the head', new.sequence using errcode = 'integrity_constraint_violation'; end if;
  return new;
end $$;
create trigger link before insert on audit for each row execute function link_audit();
create trigger append_only before update or delete on audit for each row execute function refuse_change();
create trigger append_only_truncate before truncate on audit for each statement execute function refuse_change();
create trigger append_only before update or delete on audit_seals for each row execute function refuse_change();
revoke update, delete, truncate on audit, audit_seals from backoffice_app;
revoke insert, update, delete on audit_head from backoffice_app;
call open_to_clients('audit', 'select, insert');

-- What a committed fact wants of Temporal: delivered at once by the door, or later by the pump; the workflow id makes twice harmless.
create table intents (
  id uuid primary key,
  key text not null unique,
  kind text not null check (kind in ('start', 'signal', 'update')),
  workflow text not null,
  workflow_id text not null,
  name text not null default '',
  payload jsonb not null,
  headers jsonb not null default '{}',
  organization_id uuid,
  created_at timestamptz not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  delivered_at timestamptz,
  parked_at timestamptz,
  last_error text not null default ''
);
create index intents_waiting on intents (due_at) where delivered_at is null and parked_at is null;
grant select, insert on intents to backoffice_client;

-- What the outside told us: stored once by its own event id, handled in order per object.
create table webhooks (
  id uuid primary key,
  source text not null check (source in ('stripe', 'sendgrid')),
  event_id text not null,
  kind text not null,
  object_id text not null default '',
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  body bytea not null,
  state text not null default 'received' check (state in ('received', 'handled', 'ignored', 'parked')),
  attempts integer not null default 0,
  due_at timestamptz not null,
  handled_at timestamptz,
  last_error text not null default '',
  unique (source, event_id)
);
create index webhooks_waiting on webhooks (object_id, occurred_at) where state = 'received';
create index webhooks_recent on webhooks (received_at desc);

create table mails (
  id uuid primary key,
  key text not null unique,
  organization_id uuid references organizations (id),
  kind text not null,
  subject_id text not null default '',
  recipient text not null,
  subject text not null,
  text text not null,
  html text not null,
  attachments jsonb not null default '[]',
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'unconfirmed')),
  transport text not null default '',
  message_id text not null default '',
  attempts integer not null default 0,
  due_at timestamptz not null,
  created_at timestamptz not null,
  claimed_at timestamptz,
  sent_at timestamptz,
  last_error text not null default ''
);
create index mails_waiting on mails (due_at) where state in ('queued', 'sending');
create index mails_recent on mails (created_at desc);
create index mails_organization on mails (organization_id, created_at desc);
call open_to_clients('mails', 'select');
"""

DOWN = """
drop table mails, webhooks, intents, audit_seals, audit_head, audit cascade;
drop function link_audit();
drop function if exists lock_audit_head();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
