"""Usage of a deleted organization is refused, and what of it waits for a price is charged no more.

No month-end invoices a deleted organization: what was charged to it now would never be asked of anybody.
"""

from importlib import import_module

from alembic import op

revision = "0460"
down_revision = "0420"

_BEFORE = import_module("db.migrations.versions.0420_expired_credits_and_meters")

_KNOWN = "where w.organization_id = any (orgs);\n"
_LIVING = "where w.organization_id = any (orgs) and o.state <> 'deleted';\n"

_UNKNOWN = """coalesce(known, '{}')) returning n
      ) select n, 'unknown_organization' from gone;
"""
_TOLD_APART = """coalesce(known, '{}')) returning n, organization_id
      ) select n, case when exists (select from organizations o where o.id = gone.organization_id and o.state = 'deleted')
                       then 'organization_deleted' else 'unknown_organization' end from gone;
"""

_CHARGES = "  if charged is not null then perform charge_wallets("
# Who erases holds the wallet: it has seen this usage and waits for its invoice, or it was quicker and is seen here.
_STILL_THERE = """  if exists (select from organizations o where o.id = any (known) and o.state = 'deleted') then
    raise serialization_failure using message = 'an organization was deleted meanwhile';
  end if;
"""

_QUARANTINED = "where u.state = 'quarantined' and coalesce(o.id, b.id) is not null"


def _take_in_before() -> str:
    return str(_BEFORE._take_in().replace(_BEFORE._LEAVES, _BEFORE._LEAVES_CLEAN))


def _take_in() -> str:
    function = _take_in_before().replace(_KNOWN, _LIVING).replace(_UNKNOWN, _TOLD_APART)
    return function.replace(_CHARGES, _STILL_THERE + _CHARGES)


def _covered_before() -> str:
    return str(_BEFORE._replaced(_BEFORE._of_meter(_BEFORE._covered())))


def _covered() -> str:
    return _covered_before().replace(_QUARANTINED, f"{_QUARANTINED} and z.state <> 'deleted'")


def _run(statements: str) -> None:
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))


def upgrade() -> None:
    _run(_take_in())
    _run(_covered())


def downgrade() -> None:
    _run(_covered_before())
    _run(_take_in_before())
