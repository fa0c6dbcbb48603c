"""Our own people, as alerts need them."""

from sqlalchemy import text

from db.engine import Tx

_ADMINS = text("""
    select email from users where kind = 'staff' and staff_role = 'admin' and disabled_at is null order by email""")


async def list_admin_emails(tx: Tx) -> list[str]:
    """Where alerts go: every staff admin who may sign in."""
    return list((await tx.execute(_ADMINS)).scalars())
