"""The proofs of the books: what is proved, what does not hold, and proving now."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Form, Query, Request, Response

from api import proofs
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, needs

router = new_pages("/proofs")


@router.get("", dependencies=[Depends(needs("books:read"))])
async def show_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    proof: Annotated[str | None, Query(max_length=100)] = None,
    *,
    resolved: bool = False,
) -> Response:
    """Every proof, and what they found."""
    return page(
        request,
        "proofs/list.html",
        proofs=await proofs.list_proofs(tx),
        found=await proofs.list_findings(tx=tx, pages=pages, proof=proof, open_only=not resolved),
        resolved=resolved,
    )


@router.post("/run", dependencies=[OncePerForm])
async def run(
    body: Annotated[proofs.RunProofs, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> Response:
    """Proves now; leads to the process that does it."""
    started = await proofs.run(body, request, tx, principal)
    path = f"/console/processes/{quote(started.workflow_id)}"
    return done(request, path, "The proofs run; this is their process.", tone="info")
