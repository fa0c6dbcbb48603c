"""The sealed days of the ledger."""

from fastapi import Depends, Request, Response

from api import ledger_seals
from api.pages.render import page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import Transaction, needs

router = new_pages("/ledger-seals")


@router.get("", dependencies=[Depends(needs("books:read"))])
async def list_all(request: Request, tx: Transaction, pages: Pages) -> Response:
    """The seals, the newest first."""
    return page(request, "proofs/seals.html", found=await ledger_seals.list_all(tx, pages))
