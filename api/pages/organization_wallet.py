"""An organization's wallet: credits, what was spent of them, gifts and recorded purchases."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import organizations, statements, wallets
from api.instants import end_of
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, after_deletion, needs
from domain.ids import show

router = new_pages("/organizations/{organization_id}/wallet")


class GiftForm(BaseModel):
    """Credits given, as the form sends them: they end with a day."""

    amount: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=200)
    expires_on: date | None = None


@router.get("", dependencies=[Depends(needs("wallet:read"))])
async def show_wallet(
    organization_id: OrganizationInPath, request: Request, tx: Transaction, pages: Pages
) -> Response:
    """Balance, credit lots and the statement."""
    return page(
        request,
        "organizations/wallet.html",
        organization=await organizations.get(organization_id, tx),
        tab="wallet",
        wallet=await wallets.get_wallet(organization_id, tx),
        lots=(await wallets.list_credits(organization_id, tx, "open"))["items"],
        statement=await statements.statement(organization_id, tx, pages),
        today=datetime.now(UTC).date(),
    )


@router.post("/gifts", dependencies=[OncePerForm])
async def give(
    organization_id: OrganizationInPath,
    form: Annotated[GiftForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("gifts:write"))],
) -> Response:
    """Gives credits."""
    gift = wallets.Gift(amount=form.amount, reason=form.reason, expires_at=end_of(form.expires_on))
    lot = await wallets.give(organization_id, gift, request, tx, principal)
    return done(request, _path(organization_id), f"{lot.amount} given.")


@router.post("/credits", dependencies=[OncePerForm])
@after_deletion("money that arrived is booked")
async def record_purchase(
    organization_id: OrganizationInPath,
    body: Annotated[wallets.Receipt, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("settlements:write"))],
) -> Response:
    """Records credits whose money has arrived."""
    lot = await wallets.record_purchase(organization_id, body, request, tx, principal)
    return done(request, _path(organization_id), f"{lot.amount} of purchased credits recorded.")


@router.post("/floor", dependencies=[OncePerForm])
async def set_floor(
    organization_id: OrganizationInPath,
    body: Annotated[wallets.Floor, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("gifts:write"))],
) -> Response:
    """Agrees another floor."""
    wallet = await wallets.set_floor(organization_id, body, request, tx, principal)
    return done(request, _path(organization_id), f"Usage now draws down to {wallet.floor} {wallet.currency}.")


def _path(organization_id: UUID) -> str:
    """The wallet's page."""
    return f"/console/organizations/{show('org', organization_id)}/wallet"
