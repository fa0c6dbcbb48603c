"""Passkeys, verified domains and single sign-on."""

from alembic import op

revision = "0230"
down_revision = "0220"
branch_labels = None
depends_on = None

UP = """
create table passkeys (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  credential_id bytea not null unique,
  public_key bytea not null,
  sign_count bigint not null check (sign_count >= 0),
  name text not null check (length(name) between 1 and 100),
  transports text[] not null default '{}',
  backed_up boolean not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index passkeys_user on passkeys (user_id);

-- What a browser was asked to sign: kept under the hash of its name, used once, for five minutes.
create table passkey_challenges (
  id_hash bytea primary key,
  purpose text not null check (purpose in ('add', 'sign_in', 'confirm')),
  user_id uuid references users (id) on delete cascade,
  challenge bytea not null,
  relying_party text not null,
  origin text not null,
  expires_at timestamptz not null
);
create index passkey_challenges_age on passkey_challenges (expires_at);

-- Domains an organization says are its own; many may say so, one can prove it.
create table email_domains (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null check (name = lower(name) and length(name) between 3 and 253),
  record text not null,
  mail_token_hash bytea unique,
  mail_sent_to text not null default '',
  mail_expires_at timestamptz,
  proven_at timestamptz,
  proven_by text check (proven_by in ('dns', 'mail')),
  created_at timestamptz not null,
  unique (organization_id, name),
  check ((proven_at is null) = (proven_by is null))
);
create unique index email_domains_proven on email_domains (name) where proven_at is not null;

-- The one provider through which an organization's people sign in.
create table identity_providers (
  organization_id uuid primary key references organizations (id),
  id uuid not null unique,
  issuer text not null check (length(issuer) between 8 and 500),
  client_id text not null check (length(client_id) between 1 and 300),
  sealed_secret text not null,
  authorization_endpoint text not null,
  token_endpoint text not null,
  keys_endpoint text not null,
  person_endpoint text not null default '',
  secret_in_body boolean not null,
  names_issuer boolean not null,
  default_role text not null check (default_role in ('admin', 'member', 'viewer')),
  allowed_domains text[] not null default '{}',
  enforced boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  used_at timestamptz
);

-- Who a provider's person is here; found by issuer and subject, never by e-mail again.
create table sign_on_identities (
  organization_id uuid not null references organizations (id),
  issuer text not null,
  subject text not null check (length(subject) between 1 and 255),
  user_id uuid not null references users (id) on delete cascade,
  email text not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (organization_id, issuer, subject)
);
create index sign_on_identities_user on sign_on_identities (user_id);

-- Browsers on their way to a provider and back; each comes back once.
create table sign_on_trips (
  state_hash bytea primary key,
  browser_hash bytea not null,
  organization_id uuid not null references organizations (id),
  provider_id uuid not null,
  nonce text not null,
  sealed_verifier text not null,
  back_to text not null,
  expires_at timestamptz not null
);
create index sign_on_trips_age on sign_on_trips (expires_at);

call open_to_clients('email_domains', 'select');
call open_to_clients('identity_providers', 'select');
call open_to_clients('sign_on_identities', 'select');
revoke select on identity_providers from backoffice_client;
grant select (organization_id, id, issuer, client_id, default_role, allowed_domains, enforced, created_at, updated_at, used_at)
  on identity_providers to backoffice_client;
"""

DOWN = "drop table sign_on_trips, sign_on_identities, identity_providers, email_domains, passkey_challenges, passkeys"


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
