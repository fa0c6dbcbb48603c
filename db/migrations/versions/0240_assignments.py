"""Contractors and the organizations they are assigned to."""

from alembic import op

revision = "0240"
down_revision = "0230"
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
