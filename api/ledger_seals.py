"""The ledger's daily seals: keep one outside, and nobody rewrites what was posted before it unseen."""

from datetime import date, datetime
from typing import Self

from fastapi import Depends
from pydantic import BaseModel, Field

from api.paging import Page, Pages
from api.routing import new_router
from api.security import Transaction, needs
from db import ledger_seals
from db.ledger_seals import LedgerSeal

router = new_router(prefix="/v1/ledger-seals", tag="proofs")


class ShownLedgerSeal(BaseModel):
    """A day (UTC) of the ledger as it was sealed; the audit log holds the same hash."""

    day: date
    postings: int
    previous_hash: str = Field(description="The seal's of the day before; zeros for the first")
    hash: str = Field(description="Over the seal before, the day, and all its postings: SHA-256")
    sealed_at: datetime

    @classmethod
    def of(cls, seal: LedgerSeal) -> Self:
        """The seal as the door shows it."""
        return cls(
            day=seal.day,
            postings=seal.postings,
            previous_hash=seal.previous_hash.hex(),
            hash=seal.hash.hex(),
            sealed_at=seal.sealed_at,
        )


@router.get("", dependencies=[Depends(needs("books:read"))])
async def list_all(tx: Transaction, pages: Pages) -> Page[ShownLedgerSeal]:
    """The seals, the newest first. The proofs compare every sealed day with its seal each night, and on demand."""
    found = await ledger_seals.list_page(tx, before=pages.after_day, limit=pages.fetch)
    return pages.page(found, ShownLedgerSeal.of, lambda seal: seal.day.isoformat())
