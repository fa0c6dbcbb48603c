"""Where keys were used, which origins may use them, and how long payloads are kept."""

from alembic import op

revision = "0270"
down_revision = "0260"
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
