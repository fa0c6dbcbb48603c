"""Passkeys, verified domains and single sign-on."""

from alembic import op

revision = "0230"
down_revision = "0220"
branch_labels = None
depends_on = None

UP = """
select 1;
"""

DOWN = """
select 1;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
