"""What an organization is billed every month beside usage: seen, agreed, and ended."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel, Field

from api import organizations
from api import recurring_charges as doors
from api.pages.acts import done
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.recurring_charges import End, NewCharge, charge_in_path
from api.security import HouseTransaction, OrganizationInPath, Principal, Transaction, after_deletion, needs
from domain.ids import show

router = new_pages("/organizations/{organization_id}/charges")
Writer = Annotated[Principal, Depends(needs("billing:write"))]


class ChargeForm(BaseModel):
    """A monthly amount from a day on; an empty last day means without end."""

    kind: Literal["infrastructure", "add_on"] = "infrastructure"
    description: str = Field(max_length=200, min_length=1)
    monthly_amount: str = Field(max_length=40)
    starts_on: date
    ends_on: date | None = None


@router.get("", dependencies=[Depends(needs("invoices:read"))])
async def list_all(organization_id: OrganizationInPath, request: Request, tx: Transaction) -> Response:
    """Its charges."""
    return page(
        request,
        "organizations/charges.html",
        organization=await organizations.get(organization_id, tx),
        tab="charges",
        charges=(await doors.list_all(organization_id, tx))["items"],
    )


@router.post("", dependencies=[OncePerForm])
async def add(
    organization_id: OrganizationInPath,
    form: Annotated[ChargeForm, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Agrees a charge."""
    body = NewCharge(**form.model_dump())
    charge = await doors.add(organization_id, body, request, tx, principal)
    return done(
        request, _path(organization_id), f"{charge.description} is billed from {charge.starts_on} on."
    )


@router.post("/{charge_id}/end", dependencies=[OncePerForm])
@after_deletion("what would still be charged is ended")
async def end(
    organization_id: OrganizationInPath,
    charge_id: Annotated[UUID, Depends(charge_in_path)],
    form: Annotated[End, Form()],
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> Response:
    """Writes the last day that is billed."""
    charge = await doors.end(organization_id, charge_id, form, request, tx, principal)
    text = f"{charge.description} is billed until {charge.ends_on}, that day included."
    return done(request, _path(organization_id), text)


def _path(organization_id: UUID) -> str:
    return f"/console/organizations/{show('org', organization_id)}/charges"
