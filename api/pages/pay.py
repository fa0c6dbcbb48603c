"""Where the links in letters lead: to the provider's page, and back to a word of thanks."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from activities.pay_links import way_to_pay
from api.pages.render import page
from api.pages.routing import PageRoute
from api.security import public
from domain.money import format_amount
from domain.payment_link import read_payment_token

router = APIRouter(prefix="/pay", include_in_schema=False, route_class=PageRoute)
_NO_DATA = "says the same to everybody"
_NOWHERE_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/done")
@public(_NO_DATA)
async def thank(request: Request) -> Response:
    """After the provider's page."""
    text = "Your payment is on its way. We send a receipt by e-mail as soon as it has arrived."
    return page(request, "pay/message.html", title="Thank you", text=text)


@router.get("/saved")
@public(_NO_DATA)
async def thank_for_card(request: Request) -> Response:
    """After a card was saved on the provider's page."""
    text = "Your card is saved. An open invoice that is paid by card is charged to it now; we send a receipt by e-mail."
    return page(request, "pay/message.html", title="Thank you", text=text)


@router.get("/cancelled")
@public(_NO_DATA)
async def say_nothing_happened(request: Request) -> Response:
    """After leaving the provider's page."""
    text = "You can use the link in our letter again as long as the invoice is open."
    return page(request, "pay/message.html", title="Nothing was changed", text=text)


@router.get("/{token}")
@public("the token is unguessable, names one invoice, and only shows how it is paid")
async def follow(token: str, request: Request) -> Response:
    """Leads to the page where the client confirms the payment or saves a card, or says where the money goes.

    Raises:
        NotFound: nobody sent this link.
    """
    invoice_id = read_payment_token(token, request.app.state.settings.session_secret)
    methods = request.app.state.collecting.methods
    found = await way_to_pay(request.app.state.database, methods, invoice_id=invoice_id)
    if found.url:
        return RedirectResponse(found.url, 303, _NOWHERE_KEPT)
    if found.transfer is not None:
        amount = format_amount(found.owed.outstanding_nanos)
        facts = {"transfer": found.transfer, "amount": amount, "currency": found.owed.currency}
        return page(request, "pay/transfer.html", **facts)
    text = "This invoice is settled, or its payment is on its way. There is nothing for you to do."
    return page(request, "pay/message.html", title="Nothing to pay", text=text)
