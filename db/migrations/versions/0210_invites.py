"""Invitations, and the links in letters that only their readers see."""

from alembic import op

revision = "0210"
down_revision = "0110"
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
