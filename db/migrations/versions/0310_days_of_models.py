"""Long series and rare records are read quicker.

Days of models and projects are kept for each organization too: a year day by day without reading its hours.
The days of projects that were closed for everybody alone are closed again, and so are the days of models: the pump
does it. The indexes of records without a price carry what the explorer filters by: a rare one is found in them alone.
"""

from alembic import op

revision = "0310"
down_revision = "0320"
branch_labels = None
depends_on = None

CLOSED_AGAIN = """
delete from usage_tops where kind = 'project' and grain = 'day';
delete from usage_closed where kind = 'project' and grain = 'day';
delete from usage_closings where kind = 'project' and grain = 'day';
"""
NO_MODELS = """
delete from usage_closed where kind = 'model' and grain = 'day';
delete from usage_closings where kind = 'model' and grain = 'day';
"""

UNPRICED = {"usage_unpriced": "organization_id, occurred_at, id", "usage_unpriced_by_time": "occurred_at, id"}
CARRIED = "provider, model, meter, project_id, api_key_id, bot_id, end_user, environment"


def upgrade() -> None:
    op.execute(CLOSED_AGAIN)
    for name, keys in UNPRICED.items():
        others = "" if "organization_id" in keys else "organization_id, "
        op.execute(f"drop index {name}")
        op.execute(
            f"create index {name} on usage ({keys}) include ({others}{CARRIED}) where state <> 'priced'"
        )


def downgrade() -> None:
    for name, keys in UNPRICED.items():
        op.execute(f"drop index {name}")
        op.execute(f"create index {name} on usage ({keys}) where state <> 'priced'")
    op.execute(CLOSED_AGAIN)
    op.execute(NO_MODELS)
