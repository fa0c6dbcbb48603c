"""Recurring charges: monthly amounts agreed with one organization, billed by the day."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.routing import Once, new_router
from api.security import (
    HouseTransaction,
    OrganizationInPath,
    Principal,
    Transaction,
    actor_of,
    after_deletion,
    needs,
)
from db import audit, organizations, recurring_charges, wallets
from db.engine import Tx
from domain.audit import Actor, Entry
from domain.billing_profile import ended, require_billable_start
from domain.errors import Invalid
from domain.ids import new_id, read, show
from domain.invoice.lines import RecurringCharge
from domain.money import format_amount, parse_amount

router = new_router(prefix="/v1/organizations/{organization_id}/recurring-charges", tag="recurring charges")
Writer = Annotated[Principal, Depends(needs("billing:write"))]


class NewCharge(BaseModel):
    """A monthly amount from a day on."""

    kind: Literal["infrastructure", "add_on"]
    description: str = Field(min_length=1, max_length=200, examples=["A100 node, Frankfurt"])
    monthly_amount: str = Field(max_length=40, examples=["1200.00"])
    starts_on: date
    ends_on: date | None = None


class End(BaseModel):
    """The last day that is billed."""

    ends_on: date


class ShownCharge(BaseModel):
    """A monthly amount."""

    id: str
    organization_id: str
    kind: str
    description: str
    monthly_amount: str
    starts_on: date
    ends_on: date | None


def shown(charge: RecurringCharge) -> ShownCharge:
    """The charge as the door shows it."""
    same = ("kind", "description", "starts_on", "ends_on")
    return ShownCharge(
        **{name: getattr(charge, name) for name in same},
        id=show("chg", charge.id),
        organization_id=show("org", charge.organization_id),
        monthly_amount=format_amount(charge.monthly_nanos),
    )


def charge_in_path(charge_id: str) -> UUID:
    """The charge that the address names.

    Raises:
        BadIdentifier: it is not the id of one.
    """
    return read("chg", charge_id)


@router.get("", dependencies=[Depends(needs("invoices:read"))])
async def list_all(organization_id: OrganizationInPath, tx: Transaction) -> dict[str, list[ShownCharge]]:
    """What is billed every month beside usage."""
    found = await recurring_charges.list_all(tx, organization_id=organization_id)
    return {"items": [shown(charge) for charge in found]}


@router.post("", status_code=201, dependencies=[Once])
async def add(
    organization_id: OrganizationInPath,
    body: NewCharge,
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> ShownCharge:
    """Agree a charge; it begins in a month that is not invoiced yet."""
    organization = await organizations.get(tx, organization_id=organization_id)
    wallet = await wallets.lock(tx, organization_id=organization_id)
    require_billable_start(body.starts_on, invoiced_until=wallet.invoiced_until, zone=organization.time_zone)
    charge = _charge(organization_id, body)
    await recurring_charges.insert(tx, charge, now=datetime.now(UTC))
    await _note(tx, "recurring_charge.add", charge, actor_of(request, principal))
    return shown(charge)


@router.post("/{charge_id}/end", dependencies=[Once])
@after_deletion("what would still be charged is ended")
async def end(
    organization_id: OrganizationInPath,
    charge_id: Annotated[UUID, Depends(charge_in_path)],
    body: End,
    request: Request,
    tx: HouseTransaction,
    principal: Writer,
) -> ShownCharge:
    """Write the last day that is billed; what is invoiced already stays invoiced."""
    charge = await recurring_charges.lock(tx, organization_id=organization_id, charge_id=charge_id)
    after = ended(charge, body.ends_on)
    await recurring_charges.save(tx, after)
    await _note(tx, "recurring_charge.end", after, actor_of(request, principal))
    return shown(after)


def _charge(organization_id: UUID, body: NewCharge) -> RecurringCharge:
    monthly = parse_amount(body.monthly_amount, field="monthly_amount")
    if monthly <= 0:
        raise Invalid("monthly_amount: must be above zero")
    charge = RecurringCharge(
        id=new_id(),
        organization_id=organization_id,
        kind=body.kind,
        description=" ".join(body.description.split()),
        monthly_nanos=monthly,
        starts_on=body.starts_on,
    )
    return charge if body.ends_on is None else ended(charge, body.ends_on)


async def _note(tx: Tx, action: str, charge: RecurringCharge, actor: Actor) -> None:
    facts = shown(charge).model_dump(mode="json")
    entry = Entry(action, "recurring_charge", facts["id"], charge.organization_id, after=facts)
    await audit.append(tx, [entry], actor=actor)
