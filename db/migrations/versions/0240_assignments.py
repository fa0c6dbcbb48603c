"""Contractors and the organizations they are assigned to."""

from alembic import op

revision = "0240"
down_revision = "0230"
branch_labels = None
depends_on = None

UP = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'backoffice_contractor') then create role backoffice_contractor nologin; end if;
exception when duplicate_object or unique_violation then null; end $$;
grant backoffice_contractor to backoffice_app;
-- What a client may touch a contractor may touch; whose rows that shows is said by the policies below.
grant backoffice_client to backoffice_contractor;

create table assignments (
  user_id uuid not null references users (id),
  organization_id uuid not null references organizations (id),
  assigned_by text not null,
  assigned_at timestamptz not null,
  primary key (user_id, organization_id)
);
create index assignments_organization on assignments (organization_id);

-- The organizations whose rows a contractor's transaction may see; none when none was set.
create function visible_organizations() returns uuid[] language sql stable
  return coalesce(string_to_array(nullif(current_setting('backoffice.organization_ids', true), ''), ',')::uuid[], '{}');

create or replace procedure open_to_clients(name text, actions text, key text default 'organization_id') language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy app on %I to backoffice_app using (true) with check (true)', name);
  execute format('create policy client on %I to backoffice_client using (%I = (select visible_organization())) with check (%I = (select visible_organization()))', name, key, key);
  execute format('create policy contractor on %I to backoffice_contractor using (%I = any ((select visible_organizations())::uuid[])) with check (%I = any ((select visible_organizations())::uuid[]))', name, key, key);
  execute format('grant %s on %I to backoffice_client', actions, name);
end $$;

-- The tables opened so far get the contractors' twin of their clients' policy.
do $$ declare opened record; key text;
begin
  for opened in select tablename, qual from pg_policies where schemaname = 'public' and policyname = 'client'
  loop
    key := substring(opened.qual from '^\\((\\w+) = ');
    execute format('create policy contractor on %I to backoffice_contractor using (%I = any ((select visible_organizations())::uuid[])) with check (%I = any ((select visible_organizations())::uuid[]))', opened.tablename, key, key);
  end loop;
end $$;
create policy contractor on users to backoffice_contractor using (
  exists (select from memberships m where m.user_id = users.id and m.organization_id = any ((select visible_organizations())::uuid[])));
call open_to_clients('assignments', 'select');
"""

DOWN = """
drop table assignments;
do $$ declare opened record;
begin
  for opened in select tablename from pg_policies where schemaname = 'public' and policyname = 'contractor'
  loop execute format('drop policy contractor on %I', opened.tablename); end loop;
end $$;
create or replace procedure open_to_clients(name text, actions text, key text default 'organization_id') language plpgsql as $$
begin
  execute format('alter table %I enable row level security', name);
  execute format('create policy app on %I to backoffice_app using (true) with check (true)', name);
  execute format('create policy client on %I to backoffice_client using (%I = (select visible_organization())) with check (%I = (select visible_organization()))', name, key, key);
  execute format('grant %s on %I to backoffice_client', actions, name);
end $$;
drop function visible_organizations();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
