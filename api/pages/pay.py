"""Where the links in letters lead: to the provider's page, and back to a word of thanks."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from activities.paying import page_to_pay
from api.pages.render import page
from api.pages.routing import PageRoute
from api.security import public
from domain.payment_link import read_payment_token

router = APIRouter(prefix="/pay", include_in_schema=False, route_class=PageRoute)
_NO_DATA = "says the same to everybody"


@router.get("/done")
@public(_NO_DATA)
async def thank(request: Request) -> Response:
    """After the provider's page."""
    text = "Your payment is on its way. We send a receipt by e-mail as soon as it has arrived."
    return page(request, "pay/message.html", title="Thank you", text=text)


@router.get("/cancelled")
@public(_NO_DATA)
async def say_nothing_happened(request: Request) -> Response:
    """After leaving the provider's page."""
    text = "You can use the link in our letter again as long as the invoice is open."
    return page(request, "pay/message.html", title="Nothing was changed", text=text)


@router.get("/{token}")
@public("the token is unguessable, names one invoice, and only leads to the provider's page")
async def follow(token: str, request: Request) -> Response:
    """Leads to the page where the client confirms the payment or saves a card.

    Raises:
        NotFound: nobody sent this link.
    """
    invoice_id = read_payment_token(token, request.app.state.settings.session_secret)
    methods = request.app.state.collecting.methods
    url = await page_to_pay(request.app.state.database, methods, invoice_id=invoice_id)
    if url is None:
        text = "This invoice is settled, or its payment is on its way. There is nothing for you to do."
        return page(request, "pay/message.html", title="Nothing to pay", text=text)
    return RedirectResponse(url, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
