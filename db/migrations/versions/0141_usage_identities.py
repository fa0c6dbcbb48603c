"""Clients look their own records up by id."""

from alembic import op

revision = "0141"
down_revision = "0140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("call open_to_clients('usage_keys', 'select')")


def downgrade() -> None:
    op.execute("""
drop policy client on usage_keys;
drop policy app on usage_keys;
alter table usage_keys disable row level security;
revoke select on usage_keys from backoffice_client;
""")
