"""The explorer finds a rare status by its name: among failures, which are few, so few records pay for it."""

from alembic import op

revision = "0161"
down_revision = "0151"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create index usage_failed_by_status on usage (status, occurred_at, id) where status <> 'ok'")


def downgrade() -> None:
    op.execute("drop index usage_failed_by_status")
