"""Invitations, and the links in letters that only their readers see."""

from alembic import op

revision = "0210"
down_revision = "0110"
branch_labels = None
depends_on = None

UP = """
-- A link in a letter that only its reader may see: sealed, put into the letter when it leaves, then removed.
alter table mails add column sealed_secret text, add column secret_removed_at timestamptz;

-- An invitation into an organization, or (without one) into our own staff. `generation` counts its letters with
-- a link of their own: a link of an earlier one was replaced. `began_at` is when the present clock started.
create table invites (
  id uuid primary key,
  organization_id uuid references organizations (id),
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  role text not null,
  state text not null default 'sent' check (state in ('sent', 'accepted', 'expired', 'revoked', 'bounced')),
  generation integer not null default 1 check (generation > 0),
  invited_by uuid references users (id),
  inviter text not null,
  began_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > began_at),
  created_at timestamptz not null,
  ended_at timestamptz,
  accepted_by uuid references users (id),
  trouble text not null default '',
  check (case when organization_id is null then role in ('admin', 'contractor')
              else role in ('owner', 'admin', 'member', 'viewer') end),
  check ((state = 'accepted') = (accepted_by is not null)),
  check ((state in ('sent', 'bounced')) = (ended_at is null))
);
create unique index invites_living on invites (organization_id, email) nulls not distinct where ended_at is null;
create index invites_of_organization on invites (organization_id, id);
call open_to_clients('invites', 'select');

-- Only the hash of a link is kept; `letter` is the key of the mail that carries it.
create table invite_tokens (
  token_hash bytea primary key,
  invite_id uuid not null references invites (id) on delete cascade,
  generation integer not null,
  letter text not null unique,
  created_at timestamptz not null
);
create index invite_tokens_invite on invite_tokens (invite_id);
"""

DOWN = """
drop table invite_tokens, invites;
alter table mails drop column sealed_secret, drop column secret_removed_at;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
