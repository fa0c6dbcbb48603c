"""API keys by who made them, for that person's own archive."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from db.engine import Tx

_MADE = text("""
select id, organization_id, name, environment, prefix, scopes, created_at, expires_at, revoked_at, last_used_at
  from api_keys where created_by = :email or created_by_user = :user_id order by id""")


async def list_made_by(tx: Tx, *, user_id: UUID, email: str) -> Sequence[dict[str, Any]]:
    """The keys that a person made, without their hashes."""
    rows = await tx.execute(_MADE, {"user_id": user_id, "email": email})
    return [dict(row._mapping) for row in rows]
