"""Plans, departments, and projects as engagements with their people and milestones."""

from alembic import op

revision = "0250"
down_revision = "0240"
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
