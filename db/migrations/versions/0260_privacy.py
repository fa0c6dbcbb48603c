"""Deletion, legal holds, privacy requests and certificates."""

from alembic import op

revision = "0260"
down_revision = "0250"
branch_labels = None
depends_on = None

UP = """
-- While one is in force nothing of the organization is deleted or erased.
create table legal_holds (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  reason text not null check (length(reason) between 1 and 500),
  placed_by uuid not null references users (id),
  placed_at timestamptz not null,
  lifted_by uuid references users (id),
  lifted_at timestamptz,
  lift_reason text not null default '' check (length(lift_reason) <= 500),
  check ((lifted_at is null) = (lifted_by is null))
);
create index legal_holds_organization on legal_holds (organization_id);
call open_to_clients('legal_holds', 'select');

-- What was erased and what was kept, signed; never changed.
create table certificates (
  id uuid primary key,
  kind text not null check (kind in ('organization_deletion', 'personal_erasure')),
  subject_id text not null,
  organization_id uuid references organizations (id),
  user_id uuid references users (id),
  document text not null,
  signature bytea not null check (length(signature) = 64),
  public_key bytea not null check (length(public_key) = 32),
  issued_at timestamptz not null,
  unique (kind, subject_id),
  check ((organization_id is null) <> (user_id is null))
);
create trigger append_only before update or delete on certificates for each row execute function refuse_change();
create trigger append_only_truncate before truncate on certificates for each statement execute function refuse_change();
revoke update, delete, truncate on certificates from backoffice_app;
call open_to_clients('certificates', 'select');

-- A maker never checks: nobody decides about a deletion that they asked for themselves.
create table deletions (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  state text not null check (state in ('requested', 'withdrawn', 'refused', 'expired', 'grace', 'restored', 'finishing', 'deleted')),
  reason text not null check (length(reason) between 1 and 500),
  requested_by uuid not null references users (id),
  requested_at timestamptz not null,
  organization_was text not null check (organization_was in ('active', 'suspended')),
  decides_until timestamptz not null,
  decided_by uuid references users (id),
  decided_at timestamptz,
  decision_reason text not null default '' check (length(decision_reason) <= 500),
  deletes_at timestamptz,
  restored_by uuid references users (id),
  restored_at timestamptz,
  finished_at timestamptz,
  check (decided_by <> requested_by),
  check ((decided_by is null) = (state in ('requested', 'withdrawn', 'expired'))),
  check ((decided_by is null) = (decided_at is null)),
  check ((deletes_at is not null) = (state in ('grace', 'restored', 'finishing', 'deleted')))
);
create unique index deletions_single on deletions (organization_id) where state in ('requested', 'grace', 'finishing');
create index deletions_organization on deletions (organization_id, requested_at desc);
create index deletions_recent on deletions (requested_at desc);
call open_to_clients('deletions', 'select');

-- One export at a time for each organization and each person.
create table data_exports (
  id uuid primary key,
  organization_id uuid references organizations (id),
  user_id uuid references users (id),
  deletion_id uuid references deletions (id),
  state text not null check (state in ('requested', 'building', 'ready', 'failed', 'cancelled', 'removed')),
  requested_by uuid references users (id),
  requested_at timestamptz not null,
  files_done integer not null default 0,
  files integer not null default 0,
  step text not null default '',
  size_bytes bigint not null default 0,
  sha256 bytea check (length(sha256) = 32),
  finished_at timestamptz,
  expires_at timestamptz,
  check ((organization_id is null) <> (user_id is null)),
  check ((sha256 is not null) = (state in ('ready', 'removed')))
);
create unique index data_exports_single on data_exports (coalesce(organization_id, user_id)) where state in ('requested', 'building') and deletion_id is null;
create unique index data_exports_deletion on data_exports (deletion_id) where deletion_id is not null;
create index data_exports_organization on data_exports (organization_id, requested_at desc);
create index data_exports_person on data_exports (user_id, requested_at desc);
create index data_exports_expiring on data_exports (expires_at) where state = 'ready';
call open_to_clients('data_exports', 'select');

-- The archive's bytes, a megabyte in each row, so that neither making nor sending it needs memory.
create table data_export_chunks (
  export_id uuid not null references data_exports (id) on delete cascade,
  position integer not null check (position >= 0),
  bytes bytea not null,
  primary key (export_id, position)
);
alter table data_export_chunks alter column bytes set storage external;

create table erasures (
  id uuid primary key,
  user_id uuid not null references users (id),
  state text not null check (state in ('scheduled', 'cancelled', 'finishing', 'erased')),
  requested_at timestamptz not null,
  erases_at timestamptz not null,
  cancelled_at timestamptz,
  finished_at timestamptz,
  check ((state = 'cancelled') = (cancelled_at is not null)),
  check ((state = 'erased') = (finished_at is not null))
);
create unique index erasures_single on erasures (user_id) where state in ('scheduled', 'finishing');
create index erasures_person on erasures (user_id, requested_at desc);

-- What somebody who can no longer sign in may still fetch with the link in their last letter.
create table take_aways (
  token_hash bytea primary key check (length(token_hash) = 32),
  certificate_id uuid not null references certificates (id),
  export_id uuid references data_exports (id),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index take_aways_expiring on take_aways (expires_at);
"""

DOWN = """
drop table take_aways, erasures, data_export_chunks, data_exports, deletions, certificates, legal_holds;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
