"""The explorer finds rare records across organizations: by the names in the roll-ups, and by time among failures."""

from alembic import op

revision = "0143"
down_revision = "0130"
branch_labels = None
depends_on = None

UP = """
create index usage_by_model_name on usage_by_model (model, hour);
create index usage_by_project_name on usage_by_project (project_id, hour);
create index usage_failed_by_time on usage (occurred_at, id) where status <> 'ok';
create index usage_unpriced_by_time on usage (occurred_at, id) where state <> 'priced';
-- Which batches are not folded yet, so that a client's page misses nothing; it holds no organization's facts.
grant select (id) on usage_batches to backoffice_client;
"""

DOWN = """
revoke select (id) on usage_batches from backoffice_client;
drop index usage_unpriced_by_time, usage_failed_by_time, usage_by_project_name, usage_by_model_name;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
