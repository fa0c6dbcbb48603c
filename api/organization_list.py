"""The list of organizations: searched, filtered, and put in order by what they hold, spend and owe."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from api.organizations import ShownOrganization, shown
from api.paging import Page, Pages, Paging
from api.routing import new_router
from api.security import Principal, Transaction, needs
from db import accounts
from db.accounts import Filters, Order
from domain.account import Account, AccountSort
from domain.errors import Invalid
from domain.money import format_amount
from domain.organization import OrganizationKind, OrganizationState, Plan

router = new_router(prefix="/v1/organizations", tag="organizations")
Reader = Annotated[Principal, Depends(needs("organizations:read"))]


class ListedOrganization(ShownOrganization):
    """An organization in the list; the figures are null for who may not see wallet or usage."""

    credits: str | None = Field(description="The wallet's balance")
    owed: str | None = Field(description="What is left to pay of its invoices")
    spent_this_month: str | None = Field(description="Usage since its month began, in its time zone")
    spent_30_days: str | None


def asked_order(sort: AccountSort = "created", direction: Literal["asc", "desc"] | None = None) -> Order:
    """The order that a request asks for; without a direction the newest, largest or first name comes first."""
    return Order(sort=sort, direction=direction)


def asked_filters(
    search: Annotated[str, Query(max_length=200, description="Part of the name or e-mail, or an id")] = "",
    state: OrganizationState | None = None,
    plan: Plan | None = None,
    kind: OrganizationKind | None = None,
    currency: Annotated[str | None, Query(pattern="^[A-Za-z]{3}$")] = None,
) -> Filters:
    """The filters that a request asks for."""
    return Filters(
        search=search.replace("\x00", ""),
        state=state,
        plan=plan,
        kind=kind,
        currency=currency.upper() if currency else None,
    )


Asked = Annotated[Order, Depends(asked_order)]
Chosen = Annotated[Filters, Depends(asked_filters)]


@router.get("")
async def list_all(
    tx: Transaction, pages: Pages, principal: Reader, order: Asked, filters: Chosen
) -> Page[ListedOrganization]:
    """Organizations, the newest first unless another order is asked for; a client sees its own."""
    _require_order(principal, order)
    after = place_of(pages, order)
    found = await accounts.list_page(tx, limit=pages.fetch, filters=filters, order=order, after=after)
    return pages.page(
        found, lambda account: _listed(account, principal), lambda account: key_of(account, order)
    )


def key_of(account: Account, order: Order) -> str:
    """An organization's place in an order, as a cursor holds it."""
    return f"{order.sort}:{'desc' if order.descends else 'asc'}:{account.organization.id.hex}:{account.key}"


def place_of(pages: Paging, order: Order) -> tuple[str, UUID] | None:
    """The value and the id behind which a page begins.

    Raises:
        Invalid: the cursor is not of this list, or of another order of it.
    """
    if pages.cursor is None:
        return None
    sort, _, rest = pages.cursor.partition(":")
    direction, _, rest = rest.partition(":")
    digits, _, value = rest.partition(":")
    same = (sort, direction) == (order.sort, "desc" if order.descends else "asc")
    if not same or not _fits(order.sort, value):
        raise Invalid("cursor: this is not a cursor of this list in this order; begin without one")
    try:
        return value.replace("\x00", ""), UUID(hex=digits)
    except ValueError:
        raise Invalid("cursor: this is not a cursor of this list; begin without one") from None


def _fits(sort: AccountSort, value: str) -> bool:
    """Whether the value can be one of this order."""
    if sort == "name":
        return len(value) <= 200
    largest = 2**31 if sort in ("created", "plan") else 2**63
    digits = value.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) < largest


def _require_order(principal: Principal, order: Order) -> None:
    """Refuses to order by what the caller may not see.

    Raises:
        Forbidden: the permission is missing.
    """
    if order.sort in ("credits", "owed"):
        principal.require("wallet:read")
    if order.sort in ("spend", "month"):
        principal.require("usage:read")


def _listed(account: Account, principal: Principal) -> ListedOrganization:
    """An organization as the list shows it to this reader."""
    money, usage = principal.can("wallet:read"), principal.can("usage:read")
    return ListedOrganization(
        **shown(account.organization).model_dump(),
        credits=format_amount(account.balance_nanos) if money else None,
        owed=format_amount(account.owed_nanos) if money else None,
        spent_this_month=format_amount(account.month_nanos) if usage else None,
        spent_30_days=format_amount(account.spent_nanos) if usage else None,
    )
