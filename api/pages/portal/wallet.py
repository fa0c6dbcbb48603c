"""The organization's wallet: what is left, the credits it came from, and the statement."""

from fastapi import Depends, Request, Response

from api import statements, wallets
from api.pages.portal.mine import Mine
from api.pages.render import page
from api.pages.routing import new_portal
from api.paging import Pages
from api.security import Transaction, needs
from domain.ids import show

router = new_portal("/wallet")


@router.get("", dependencies=[Depends(needs("wallet:read"))])
async def show_wallet(request: Request, tx: Transaction, pages: Pages, organization_id: Mine) -> Response:
    """Balance, credit lots and the statement."""
    return page(
        request,
        "portal/wallet.html",
        shown_id=show("org", organization_id),
        wallet=await wallets.get_wallet(organization_id, tx),
        lots=(await wallets.list_credits(organization_id, tx, "open"))["items"],
        statement=await statements.statement(organization_id, tx, pages),
    )
