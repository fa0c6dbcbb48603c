"""Second factors, ways back in, and what a session remembers of how it began."""

from alembic import op

revision = "0220"
down_revision = "0210"
branch_labels = None
depends_on = None

UP = """
-- When and how a session last proved who its person is.
alter table sessions add column proved_at timestamptz, add column method text not null default 'password'
  check (method in ('password', 'passkey', 'single_sign_on'));
update sessions set proved_at = created_at;
alter table sessions alter column proved_at set not null;

-- Guesses are counted under the keyed hash of what they are made against, known or not.
drop table sign_in_attempts;
alter table users drop column failed_sign_ins, drop column locked_until;
create table guesses (
  key bytea primary key,
  failures integer not null check (failures > 0),
  failed_at timestamptz not null,
  blocked_until timestamptz not null
);
create index guesses_age on guesses (failed_at);

-- Browsers in which a person has signed in before.
create table devices (
  user_id uuid not null references users (id) on delete cascade,
  token_hash bytea not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (user_id, token_hash)
);

-- The shared secret of an authenticator app; `last_step` is the newest 30-second step whose code was taken.
create table authenticators (
  user_id uuid primary key references users (id) on delete cascade,
  sealed_secret text not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  last_step bigint not null default 0
);
create table recovery_codes (
  user_id uuid not null references users (id) on delete cascade,
  code_hash bytea not null,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

-- Somebody who has passed the first of two steps.
create table sign_in_challenges (
  token_hash bytea primary key,
  user_id uuid not null references users (id) on delete cascade,
  method text not null check (method in ('password', 'passkey', 'single_sign_on')),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index sign_in_challenges_age on sign_in_challenges (expires_at);

-- Links in letters: one for each person or address, the newest; the row goes when it is used.
create table password_resets (
  user_id uuid primary key references users (id) on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create table email_changes (
  user_id uuid primary key references users (id) on delete cascade,
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  old_token_hash bytea not null unique,
  new_token_hash bytea not null unique,
  old_confirmed_at timestamptz,
  new_confirmed_at timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create table registrations (
  email text primary key check (email = lower(email) and length(email) between 3 and 254),
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
"""

DOWN = """
drop table registrations, email_changes, password_resets, sign_in_challenges, recovery_codes, authenticators, devices, guesses;
alter table users add column failed_sign_ins integer not null default 0, add column locked_until timestamptz;
create table sign_in_attempts (
  address text not null,
  attempted_at timestamptz not null,
  succeeded boolean not null
);
create index sign_in_attempts_address on sign_in_attempts (address, attempted_at);
alter table sessions drop column proved_at, drop column method;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
