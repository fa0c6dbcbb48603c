"""To which organization a thing belongs, and keeping that organization from being erased under a writer's hands."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import TextClause, text

from db.engine import Tx

# By the prefix of their ids at the doors.
_TABLES = {
    "prj": "projects",
    "mst": "milestones",
    "dep": "departments",
    "key": "api_keys",
    "inv": "invites",
    "dom": "email_domains",
    "cred": "provider_credentials",
    "hold": "legal_holds",
    "del": "deletions",
    "prv": "data_exports",
    "in": "invoices",
    "mail": "mails",
}
_OWNERS: Mapping[str, TextClause] = {
    prefix: text(f"select organization_id from {table} where id = :id")  # noqa: S608 — names of this file
    for prefix, table in _TABLES.items()
}
KNOWN = frozenset({"org", *_TABLES})
_STATE = text("select state from organizations where id = :organization_id")
_NAME = "hashtextextended(cast(:organization_id as text), 251121)"
_TOGETHER = text(f"select pg_advisory_xact_lock_shared({_NAME})")
_ALONE = text(f"select pg_advisory_xact_lock({_NAME})")


async def find_owner(tx: Tx, *, prefix: str, thing_id: UUID) -> UUID | None:
    """The organization that the thing is, or belongs to; None for the house's, and for what is not there."""
    if prefix == "org":
        return thing_id
    owner: UUID | None = (await tx.execute(_OWNERS[prefix], {"id": thing_id})).scalar_one_or_none()
    return owner


async def state_for_writing(tx: Tx, *, organization_id: UUID) -> str:
    """The organization's state, which erasing it cannot change before this transaction has ended; "" for none.

    To be asked before anything is locked: whoever erases waits for all writers, and they for it.
    """
    facts = {"organization_id": organization_id}
    await tx.execute(_TOGETHER, facts)
    return (await tx.execute(_STATE, facts)).scalar_one_or_none() or ""


async def wait_for_writers(tx: Tx, *, organization_id: UUID) -> None:
    """Afterwards nobody writes to the organization until this transaction has ended."""
    await tx.execute(_ALONE, {"organization_id": organization_id})
