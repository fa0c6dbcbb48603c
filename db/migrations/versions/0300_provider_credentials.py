"""Organizations' own keys at providers of models."""

from alembic import op

revision = "0300"
down_revision = "0161"
branch_labels = None
depends_on = None

UP = """
-- For the whole organization, or for one of its own projects; the secret is sealed for this row and version.
create table provider_credentials (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  project_id uuid,
  provider text not null check (provider in ('openai', 'anthropic', 'google', 'azure_openai', 'mistral', 'groq', 'deepseek',
    'together', 'openrouter', 'cohere', 'xai', 'openai_compatible')),
  name text not null check (length(name) between 1 and 100),
  base_url text not null check (base_url ~ '^https?://' and length(base_url) <= 300),
  sealed_secret text not null,
  last_four text not null check (length(last_four) = 4),
  version integer not null check (version > 0),
  rotated_at timestamptz not null,
  enabled boolean not null default true,
  readiness text not null default 'unchecked' check (readiness in ('unchecked', 'ready', 'refused', 'unreachable', 'limited')),
  reason text not null default '' check (length(reason) <= 400),
  checked_at timestamptz,
  ready_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint provider_credentials_project foreign key (organization_id, project_id) references projects (organization_id, id),
  constraint provider_credentials_ready check (readiness <> 'ready' or ready_at is not null),
  constraint provider_credentials_refused check (readiness <> 'refused' or ready_at is null)
);
create unique index provider_credentials_name on provider_credentials (organization_id, project_id, provider, lower(name)) nulls not distinct;
create index provider_credentials_due on provider_credentials (checked_at) where enabled;

call open_to_clients('provider_credentials', 'select');
revoke select on provider_credentials from backoffice_client;
grant select (id, organization_id, project_id, provider, name, base_url, last_four, version, rotated_at, enabled, readiness, reason,
  checked_at, ready_at, created_at, updated_at) on provider_credentials to backoffice_client;
"""

DOWN = "drop table provider_credentials"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
