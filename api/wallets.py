"""Wallets: balance, floor, credits given or received."""

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
from db import audit, wallets
from db.engine import Tx
from domain.audit import Entry
from domain.errors import Invalid
from domain.ids import new_id, show
from domain.money import format_amount, parse_amount, require_coins
from domain.posting import Account
from domain.wallet import GRANTED_PRIORITY, PURCHASED_PRIORITY, CreditLot, Wallet

router = new_router(prefix="/v1/organizations/{organization_id}", tag="wallet")


class ShownWallet(BaseModel):
    """What there is to spend; `available` = balance - expired - held - floor, never below zero."""

    currency: str
    balance: str
    expired: str = Field(description="In the balance, but past its day; written off the next night")
    held: str
    available: str
    floor: str


class Floor(BaseModel):
    """Down to which balance usage may draw; beyond it usage is invoiced."""

    floor: str = Field(max_length=40, examples=["0"])


class Gift(BaseModel):
    """Credits given."""

    amount: str = Field(max_length=40, examples=["25.00"])
    reason: str = Field(min_length=1, max_length=200, examples=["Welcome credits"])
    expires_at: datetime | None = None


class Receipt(BaseModel):
    """Credits paid for by money that has arrived at the bank."""

    amount: str = Field(max_length=40, examples=["500.00"])
    reference: str = Field(min_length=1, max_length=200, examples=["Wire 2026-10-03 ACME"])
    received_on: date


class ShownLot(BaseModel):
    """Credits that came in together."""

    id: str
    kind: str
    reason: str
    amount: str
    remaining: str
    expires_at: datetime | None
    created_at: datetime


def shown(wallet: Wallet) -> ShownWallet:
    """The wallet as the door shows it."""
    return ShownWallet(
        currency=wallet.currency,
        balance=format_amount(wallet.balance_nanos),
        expired=format_amount(wallet.expired_nanos),
        held=format_amount(wallet.held_nanos),
        available=format_amount(wallet.available_nanos),
        floor=format_amount(wallet.floor_nanos),
    )


def shown_lot(lot: CreditLot) -> ShownLot:
    """The lot as the door shows it."""
    return ShownLot(
        id=show("lot", lot.id),
        kind=lot.kind,
        reason=lot.reason,
        amount=format_amount(lot.amount_nanos),
        remaining=format_amount(lot.remaining_nanos),
        expires_at=lot.expires_at,
        created_at=lot.created_at,
    )


@router.get("/wallet", dependencies=[Depends(needs("wallet:read"))])
async def get_wallet(organization_id: OrganizationInPath, tx: Transaction) -> ShownWallet:
    """The wallet now."""
    return shown(await wallets.get(tx, organization_id=organization_id))


@router.put("/wallet/floor")
async def set_floor(
    organization_id: OrganizationInPath,
    body: Floor,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("gifts:write"))],
) -> ShownWallet:
    """Agree another floor."""
    before = await wallets.lock(tx, organization_id=organization_id)
    floor_nanos = parse_amount(body.floor, field="floor")
    if floor_nanos < 0:
        raise Invalid("floor: a wallet never goes below zero; agree a floor of 0 or more")
    after = await wallets.set_floor(tx, organization_id=organization_id, floor_nanos=floor_nanos)
    change = {"floor": format_amount(before.floor_nanos)}, {"floor": format_amount(after.floor_nanos)}
    entry = Entry("wallet.floor", "organization", show("org", organization_id), organization_id, *change)
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return shown(after)


@router.post("/gifts", status_code=201, dependencies=[Once])
async def give(
    organization_id: OrganizationInPath,
    body: Gift,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("gifts:write"))],
) -> ShownLot:
    """Give credits; they are spent before purchased ones."""
    lot = _lot(organization_id, body.amount, "granted", body.reason, body.expires_at)
    return await _credited(request, tx, principal, lot, source="promotion", cause="gift")


@router.post("/credits", status_code=201, dependencies=[Once])
@after_deletion("money that arrived is booked")
async def record_purchase(
    organization_id: OrganizationInPath,
    body: Receipt,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("settlements:write"))],
) -> ShownLot:
    """Record purchased credits whose money has arrived at the bank."""
    if body.received_on > datetime.now(UTC).date():
        raise Invalid("received_on: lies in the future; record the money once it is there")
    lot = _lot(organization_id, body.amount, "purchased", f"{body.reference} ({body.received_on})", None)
    wallet = await wallets.get(tx, organization_id=organization_id)
    require_coins(lot.amount_nanos, wallet.currency, field="amount")
    return await _credited(request, tx, principal, lot, source="cash:bank", cause="purchase")


async def _credited(
    request: Request, tx: Tx, principal: Principal, lot: CreditLot, *, source: Account, cause: str
) -> ShownLot:
    made = await wallets.credit(tx, lot, source=source, cause=cause, subject_id=show("lot", lot.id))
    after = {"amount": format_amount(made.amount_nanos), "reason": made.reason}
    entry = Entry(f"wallet.{cause}", "lot", show("lot", made.id), made.organization_id, None, after)
    await audit.append(tx, [entry], actor=actor_of(request, principal))
    return shown_lot(made)


def _lot(
    organization_id: UUID, amount: str, kind: str, reason: str, expires_at: datetime | None
) -> CreditLot:
    amount_nanos = parse_amount(amount, field="amount")
    now = datetime.now(UTC)
    if amount_nanos <= 0:
        raise Invalid("amount: must be above zero")
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid("expires_at: must lie in the future and carry an offset such as Z")
    granted = kind == "granted"
    lot_id = new_id()
    return CreditLot(
        id=lot_id,
        organization_id=organization_id,
        kind="granted" if granted else "purchased",
        reason=reason,
        priority=GRANTED_PRIORITY if granted else PURCHASED_PRIORITY,
        amount_nanos=amount_nanos,
        remaining_nanos=amount_nanos,
        expires_at=expires_at,
        key=show("lot", lot_id),
        created_at=now,
    )


@router.get("/credits", dependencies=[Depends(needs("wallet:read"))])
async def list_credits(
    organization_id: OrganizationInPath, tx: Transaction, state: Literal["open", "all"] = "all"
) -> dict[str, list[ShownLot]]:
    """Credit lots in the order in which they are spent."""
    found = await wallets.list_lots(tx, organization_id=organization_id, open_only=state == "open")
    return {"items": [shown_lot(lot) for lot in found]}
