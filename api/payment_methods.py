"""What an organization pays with: saved cards, the page where one is saved, a test card for development."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from activities.payment_methods import PaymentMethods, Wallet
from api.routing import HouseOnce, HouseOnceSealed, new_router
from api.security import OrganizationInPath, Principal, actor_of, needs
from domain.errors import Forbidden
from gateways.stripe import SavedMethod

router = new_router(prefix="/v1/organizations/{organization_id}", tag="payment methods")


class SetupPage(BaseModel):
    """The provider's page where a card is saved; it closes after a day."""

    url: str


class TestCard(BaseModel):
    """One of Stripe's published test cards."""

    payment_method: str = Field(pattern="^pm_[A-Za-z0-9_]{1,100}$", examples=["pm_card_visa"])


class ShownMethod(BaseModel):
    """A saved method; `is_charged` marks the one that invoices are charged to."""

    id: str
    kind: str
    label: str
    last4: str
    exp_month: int | None
    exp_year: int | None
    is_charged: bool


class ShownMethods(BaseModel):
    """All saved methods."""

    items: list[ShownMethod]


def methods_of(request: Request) -> PaymentMethods:
    """The application's way to saved cards."""
    methods: PaymentMethods = request.app.state.collecting.methods
    return methods


def shown(method: SavedMethod, charged_id: str | None) -> ShownMethod:
    """The method as the door shows it."""
    return ShownMethod(
        id=method.id,
        kind=method.kind,
        label=method.label,
        last4=method.last4,
        exp_month=method.exp_month,
        exp_year=method.exp_year,
        is_charged=method.id == charged_id,
    )


def shown_all(wallet: Wallet) -> ShownMethods:
    """All of them."""
    return ShownMethods(items=[shown(method, wallet.charged_id) for method in wallet.methods])


@router.post("/payment-method-setup", status_code=201, dependencies=[HouseOnceSealed])
async def open_setup(
    organization_id: OrganizationInPath,
    request: Request,
    principal: Annotated[Principal, Depends(needs("payments:write"))],
) -> SetupPage:
    """Open the provider's page where a card is saved; opening it again opens another one."""
    actor = actor_of(request, principal)
    return SetupPage(url=await methods_of(request).open_page(organization_id, actor=actor))


@router.get("/payment-methods", dependencies=[Depends(needs("payments:read"))])
async def list_methods(organization_id: OrganizationInPath, request: Request) -> ShownMethods:
    """The saved methods as the provider knows them now."""
    return shown_all(await methods_of(request).list_saved(organization_id))


@router.post("/payment-methods", status_code=201, dependencies=[HouseOnce])
async def save_test_card(
    organization_id: OrganizationInPath,
    body: TestCard,
    request: Request,
    principal: Annotated[Principal, Depends(needs("settlements:write"))],
) -> ShownMethod:
    """Save a test card without a browser; only in development."""
    if request.app.state.settings.strict:
        raise Forbidden("Cards are saved by their owners, on the page of payment-method-setup")
    actor = actor_of(request, principal)
    saved = await methods_of(request).save(organization_id, payment_method=body.payment_method, actor=actor)
    return shown(saved, saved.id)
