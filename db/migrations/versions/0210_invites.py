"""Invitations, and the links in letters that only their readers see."""

from alembic import op

revision = "0210"
down_revision = "0110"
branch_labels = None
depends_on = None

UP = """
-- A link in a letter that only its reader may see: sealed, put into the letter when it leaves, then removed.
alter table mails add column sealed_secret text, add column secret_removed_at timestamptz;
"""

DOWN = """
alter table mails drop column sealed_secret, drop column secret_removed_at;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
