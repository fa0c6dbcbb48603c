"""Our own people, as alerts need them."""

from uuid import UUID

from sqlalchemy import text

from db.engine import Tx

_ADMINS = text("""
    select email from users where kind = 'staff' and staff_role = 'admin' and disabled_at is null order by email""")
_OTHERS = text("""
    select id, email, name from users
     where kind = 'staff' and staff_role = 'admin' and disabled_at is null and id <> :but order by email""")


async def list_admin_emails(tx: Tx) -> list[str]:
    """Where alerts go: every staff admin who may sign in."""
    return list((await tx.execute(_ADMINS)).scalars())


async def list_others(tx: Tx, *, but: UUID) -> list[tuple[UUID, str, str]]:
    """Id, e-mail and name of every staff admin who may sign in, but one."""
    rows = await tx.execute(_OTHERS, {"but": but})
    return [(row.id, row.email, row.name) for row in rows]
