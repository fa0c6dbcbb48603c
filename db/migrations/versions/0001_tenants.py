"""Roles, organizations, people, keys: who there is and who may see what."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'backoffice_client') then create role backoffice_client nologin; end if;
  if not exists (select from pg_roles where rolname = 'backoffice_app') then create role backoffice_app nologin; end if;
exception when duplicate_object or unique_violation then null; end $$;
grant backoffice_client to backoffice_app;
do $$ begin execute format('grant backoffice_app to %I', current_user); exception when others then null; end $$;
grant usage on schema public to backoffice_app, backoffice_client;
grant select on alembic_version to backoffice_app;
alter default privileges in schema public grant select, insert, update, delete on tables to backoffice_app;
alter default privileges in schema public grant usage, select on sequences to backoffice_app, backoffice_client;

-- The organization whose rows a client's transaction may see; null (nothing) when none was set.
create function visible_organization() returns uuid language sql stable
  return nullif(current_setting('backoffice.organization_id', true), '')::uuid;

-- Refuses any change to rows of an append-only table, whoever asks.
create function refuse_change() returns trigger language plpgsql as $$
begin raise exception '% is append-only: % is not allowed', tg_table_name, tg_op using errcode = 'insufficient_privilege'; end $$;

-- Opens a table to clients' transactions, limited to their own organization.
create procedure open_to_clients(name text, actions text, key text default 'organization_id') language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy app on %I to backoffice_app using (true) with check (true)', name);
  execute format('create policy client on %I to backoffice_client using (%I = (select visible_organization())) with check (%I = (select visible_organization()))', name, key, key);
  execute format('grant %s on %I to backoffice_client', actions, name);
end $$;

create table legal_entities (
  code text primary key check (code ~ '^[a-z0-9-]{1,20}$'),
  name text not null,
  address_lines text[] not null default '{}',
  country text not null check (country ~ '^[A-Z]{2}$'),
  tax_id text not null default '',
  number_prefix text not null check (number_prefix ~ '^[A-Z0-9-]{0,20}$'),
  next_number bigint not null default 1 check (next_number > 0),
  next_credit_note_number bigint not null default 1 check (next_credit_note_number > 0)
);

create table organizations (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  billing_email text not null check (length(billing_email) between 3 and 254),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  billing_mode text not null check (billing_mode in ('prepaid', 'postpaid')),
  state text not null default 'active' check (state in ('active', 'suspended')),
  legal_entity text not null references legal_entities (code),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index organizations_name on organizations (lower(name) text_pattern_ops);
create index organizations_zone on organizations (time_zone);

create table billing_profiles (
  organization_id uuid primary key references organizations (id),
  legal_name text not null default '',
  address_lines text[] not null default '{}',
  region text not null default '',
  tax_id text not null default '',
  tax_exempt boolean not null default false,
  discount_ppm integer not null default 0 check (discount_ppm between 0 and 1000000),
  collection_method text not null default 'card' check (collection_method in ('card', 'bank_transfer')),
  stripe_customer_id text,
  payment_method_id text,
  payment_method_label text not null default '',
  updated_at timestamptz not null
);

create table projects (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null,
  archived_at timestamptz,
  unique (organization_id, name),
  unique (organization_id, id)
);

create table users (
  id uuid primary key,
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  name text not null default '',
  kind text not null check (kind in ('staff', 'client')),
  staff_role text check (staff_role in ('admin', 'contractor')),
  password_hash text,
  disabled_at timestamptz,
  failed_sign_ins integer not null default 0,
  locked_until timestamptz,
  created_at timestamptz not null,
  unique (email),
  check ((kind = 'staff') = (staff_role is not null))
);

create table memberships (
  organization_id uuid not null references organizations (id),
  user_id uuid not null references users (id),
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null,
  primary key (organization_id, user_id)
);
create index memberships_user on memberships (user_id);

create table sessions (
  token_hash bytea primary key,
  user_id uuid not null references users (id),
  organization_id uuid references organizations (id),
  csrf_token text not null,
  ip text not null default '',
  agent text not null default '',
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_user on sessions (user_id);

create table sign_in_attempts (
  address text not null,
  attempted_at timestamptz not null,
  succeeded boolean not null
);
create index sign_in_attempts_address on sign_in_attempts (address, attempted_at);

create table api_keys (
  id uuid primary key,
  organization_id uuid references organizations (id),
  project_id uuid references projects (id),
  name text not null check (length(name) between 1 and 200),
  environment text not null check (environment in ('live', 'test')),
  prefix text not null,
  key_hash bytea not null unique,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  replaced_by uuid references api_keys (id),
  last_used_at timestamptz
);
create index api_keys_organization on api_keys (organization_id);

create table idempotency_keys (
  scope text not null,
  key text not null check (length(key) between 1 and 200),
  input_hash bytea not null,
  status integer not null,
  body jsonb,
  created_at timestamptz not null,
  primary key (scope, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

call open_to_clients('organizations', 'select', 'id');
call open_to_clients('billing_profiles', 'select');
call open_to_clients('projects', 'select, insert, update');
call open_to_clients('memberships', 'select');
call open_to_clients('api_keys', 'select');
grant select on legal_entities to backoffice_client;
grant select, insert on idempotency_keys to backoffice_client;
create policy staff_hidden on users to backoffice_client using (
  exists (select from memberships m where m.user_id = users.id and m.organization_id = (select visible_organization())));
create policy app on users to backoffice_app using (true) with check (true);
alter table users enable row level security;
grant select (id, email, name, kind) on users to backoffice_client;
"""

DOWN = """
drop table idempotency_keys, api_keys, sign_in_attempts, sessions, memberships, users, projects, billing_profiles, organizations, legal_entities cascade;
drop procedure open_to_clients(text, text, text);
drop function refuse_change();
drop function visible_organization();
alter default privileges in schema public revoke select, insert, update, delete on tables from backoffice_app;
alter default privileges in schema public revoke usage, select on sequences from backoffice_app, backoffice_client;
revoke usage on schema public from backoffice_app, backoffice_client;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
