"""Deletion, legal holds, privacy requests and certificates."""

from alembic import op

revision = "0260"
down_revision = "0250"
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
