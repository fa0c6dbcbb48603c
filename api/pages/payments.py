"""Payments of the whole house: charges and transfers found by state, and why charges failed of late."""

from typing import Annotated, get_args

from fastapi import Depends, Request, Response

from api import payments
from api.pages.asking import given, names_of, organization_asked, organizations_offered
from api.pages.choices import one_of
from api.pages.render import is_partial, page
from api.pages.routing import new_pages
from api.paging import Pages
from api.security import Principal, Transaction, needs
from db import invoices
from domain.decline import decline_kind
from domain.ids import read
from domain.payment import PaymentState

router = new_pages("/payments")
Reader = Annotated[Principal, Depends(needs("payments:read"))]
STATES = get_args(PaymentState)
_DAYS = 30


@router.get("")
async def list_all(request: Request, tx: Transaction, pages: Pages, principal: Reader) -> Response:
    """Charges and transfers that pass the filters, the newest first."""
    asked = given(request)
    chosen = await organization_asked(tx, asked)
    found = await payments.list_payments(
        tx,
        pages,
        principal,
        organization_id=chosen.shown_id if chosen else None,
        state=one_of(asked.get("state"), STATES),
    )
    shown = found.items
    return page(
        request,
        "payments/list.html",
        found=found,
        asked=asked | ({"organization_id": chosen.name} if chosen else {}),
        names=await names_of(tx, {payment.organization_id for payment in shown}),
        numbers=await invoices.numbers(tx, invoice_ids={read("in", payment.invoice_id) for payment in shown}),
        offered=[] if is_partial(request) else await organizations_offered(tx),
        failures=[] if is_partial(request) else (await payments.list_failures(tx, days=_DAYS)).items,
        states=STATES,
        days=_DAYS,
        declined=decline_kind,
    )
