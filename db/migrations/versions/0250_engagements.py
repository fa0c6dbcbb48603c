"""Plans, departments, and projects as engagements with their people and milestones."""

from alembic import op

revision = "0250"
down_revision = "0240"
branch_labels = None
depends_on = None

UP = """
alter table organizations
  add column kind text not null default 'company' check (kind in ('company', 'personal')),
  add column plan text not null default 'free' check (plan in ('free', 'lite', 'pro', 'max', 'enterprise')),
  add column suspended_reason text not null default '' check (length(suspended_reason) <= 500),
  drop constraint organizations_state_check,
  add constraint organizations_state_check check (state in ('active', 'suspended', 'deleting', 'deleted'));
create index organizations_by_name on organizations (lower(name), id);

-- What an organization spent, counted behind the roll-ups: by it ten thousand are put in order at once.
create table account_sums (
  organization_id uuid primary key references organizations (id),
  month_nanos bigint not null,
  thirty_days_nanos bigint not null,
  requests bigint not null,
  changed_at timestamptz not null
);
call open_to_clients('account_sums', 'select');

create table departments (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null,
  closed_at timestamptz,
  unique (organization_id, id)
);
create unique index departments_open on departments (organization_id, lower(name)) where closed_at is null;
call open_to_clients('departments', 'select, insert, update');

-- `used_at`: when its person last chose this organization; signing in begins with the latest.
alter table memberships
  add column department_id uuid,
  add column used_at timestamptz,
  add constraint memberships_department foreign key (organization_id, department_id) references departments (organization_id, id);
create index memberships_by_department on memberships (organization_id, department_id) where department_id is not null;
grant update (department_id) on memberships to backoffice_client;

-- A project is led by one of the organization's people or by one of the staff.
alter table projects
  add column description text not null default '' check (length(description) <= 4000),
  add column status text not null default 'active' check (status in ('planned', 'active', 'on_hold', 'completed', 'cancelled')),
  add column owner_member_id uuid,
  add column owner_staff_id uuid references users (id),
  add column contracted_nanos bigint check (contracted_nanos >= 0),
  add column starts_on date,
  add column ends_on date check (ends_on >= starts_on),
  add constraint projects_owner check (owner_member_id is null or owner_staff_id is null),
  add constraint projects_owner_member foreign key (organization_id, owner_member_id)
    references memberships (organization_id, user_id) on delete set null (owner_member_id);
create index projects_by_owner_member on projects (organization_id, owner_member_id) where owner_member_id is not null;
create index projects_by_owner_staff on projects (owner_staff_id) where owner_staff_id is not null;
create index projects_by_status on projects (status, id);

-- Clients see who of the staff leads their projects, and no others of the staff.
create policy project_owner on users to backoffice_client using (
  exists (select from projects p where p.owner_staff_id = users.id and p.organization_id = (select visible_organization())));
create policy project_owner_for_contractors on users to backoffice_contractor using (
  exists (select from projects p where p.owner_staff_id = users.id and p.organization_id = any ((select visible_organizations())::uuid[])));

create table project_members (
  project_id uuid not null,
  organization_id uuid not null,
  user_id uuid not null,
  role text not null check (role in ('administrator', 'member', 'access_all_assistants')),
  created_at timestamptz not null,
  primary key (project_id, user_id),
  foreign key (organization_id, project_id) references projects (organization_id, id) on delete cascade,
  foreign key (organization_id, user_id) references memberships (organization_id, user_id) on delete cascade
);
create index project_members_of_user on project_members (organization_id, user_id);
call open_to_clients('project_members', 'select, insert, update, delete');

create table milestones (
  id uuid primary key,
  organization_id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  due_on date,
  amount_nanos bigint check (amount_nanos >= 0),
  place integer not null check (place > 0),
  done_at timestamptz,
  created_at timestamptz not null,
  foreign key (organization_id, project_id) references projects (organization_id, id) on delete cascade
);
create index milestones_of_project on milestones (project_id, place, id);
call open_to_clients('milestones', 'select, insert, update, delete');
"""

DOWN = """
drop table milestones, project_members;
drop policy project_owner on users;
drop policy if exists project_owner_for_contractors on users;
drop index projects_by_status, projects_by_owner_staff, projects_by_owner_member;
alter table projects
  drop constraint projects_owner_member, drop constraint projects_owner,
  drop column ends_on, drop column starts_on, drop column contracted_nanos, drop column owner_staff_id,
  drop column owner_member_id, drop column status, drop column description;
revoke update (department_id) on memberships from backoffice_client;
drop index memberships_by_department;
alter table memberships drop constraint memberships_department, drop column used_at, drop column department_id;
drop table departments, account_sums;
drop index organizations_by_name;
update organizations set state = 'suspended' where state in ('deleting', 'deleted');
alter table organizations
  drop constraint organizations_state_check,
  add constraint organizations_state_check check (state in ('active', 'suspended')),
  drop column suspended_reason, drop column plan, drop column kind;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
