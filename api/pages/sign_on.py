"""The way to an organization's own sign-on service and back, for people who are not signed in yet."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Form, Query, Request, Response
from pydantic import BaseModel, Field

from api import email_domains
from api.origins import OwnSite
from api.pages.acts import go, local_path
from api.pages.open_forms import open_form, require_own_form
from api.pages.render import page
from api.pages.routing import new_open_pages
from api.security import HouseTransaction, public
from api.sign_on_trips import Departing, come_back, depart, depart_for
from domain.errors import Refusal
from domain.ids import read
from domain.sign_on import SignOnRefused, SignOnRequired

router = new_open_pages("/sign-on")
_NOWHERE = (
    "Single sign-on is not set up for this address. Ask the administrator of your organization, "
    "or sign in with a password or passkey"
)


class Asked(BaseModel):
    """The form."""

    email: str = Field("", max_length=320)
    next: str = Field("/", max_length=2000)
    form_token: str = Field("", max_length=100)


@router.get("")
@public("this is where one begins to sign in by single sign-on")
async def show_form(
    request: Request,
    email: Annotated[str, Query(max_length=320)] = "",
    back_to: Annotated[str, Query(alias="next", max_length=2000)] = "/",
) -> Response:
    """Asks for the e-mail."""
    return open_form(request, "sign_on/form.html", form=Asked(email=email, next=local_path(back_to)))


@router.post("")
@public("leads to the provider of an e-mail's domain; which accounts exist is not told")
async def submit(form: Annotated[Asked, Form()], request: Request) -> Response:
    """Leads to the provider; where there is none, the page says whom to ask."""
    try:
        require_own_form(request, form.form_token)
        departing = await depart_for(request, email=form.email, back_to=local_path(form.next))
        if departing is None:
            raise SignOnRefused(_NOWHERE)
    except Refusal as refusal:
        return open_form(request, "sign_on/form.html", refusal, form=form)
    return leaving(request, departing)


@router.get("/callback")
@public("where providers send browsers back to; works once, in the browser that left")
async def callback(
    request: Request,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str, Query(max_length=500)] = "",
    error: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Signs in whoever comes back."""
    try:
        opened, wanted = await come_back(request, state=state, code=code, issuer=iss, error=error)
    except SignOnRefused as refusal:
        return page(request, "sign_on/refused.html", status=403, refused=refusal.detail)
    response = go(request, wanted)
    opened.hand_over(request, response)
    return response


@router.get("/domains/{token}")
@public("the link of a letter; looking at it changes nothing")
async def show_domain(token: str, request: Request, tx: HouseTransaction) -> Response:
    """Asks the reader of the letter to confirm the domain."""
    found = await email_domains.find_asked(tx, token)
    if found is None:
        return page(request, "sign_on/domain.html", status=404, domain=None, organization="", told="")
    domain, organization = found
    return page(request, "sign_on/domain.html", domain=domain, organization=organization, told="")


@router.post("/domains/{token}", dependencies=[OwnSite])
@public("confirms what a letter asked; its link works once")
async def confirm_domain(token: str, request: Request, tx: HouseTransaction) -> Response:
    """The domain belongs to the organization."""
    found = await email_domains.find_asked(tx, token)
    if found is None:
        return page(request, "sign_on/domain.html", status=404, domain=None, organization="", told="")
    domain, organization = found
    await email_domains.confirm(tx, request, domain)
    told = f"{domain.name} now belongs to {organization}. You can close this page."
    return page(request, "sign_on/domain.html", domain=domain, organization=organization, told=told)


async def lead_on(request: Request, required: SignOnRequired, *, email: str, back_to: str) -> Response:
    """Leads somebody whose organization admits no other way in to its provider."""
    named = read("org", str(required.facts.get("organization_id", "")))
    departing = await depart(request, organization_id=named, email=email, back_to=back_to)
    if departing is None:
        return open_form(request, "sign_on/form.html", required, form=Asked(email=email, next=back_to))
    return leaving(request, departing)


def leaving(request: Request, departing: Departing) -> Response:
    """A page that leads on: a form's own answer may not lead to another site under our content policy."""
    host = urlsplit(departing.location).hostname
    response = page(request, "sign_on/leaving.html", location=departing.location, host=host)
    response.headers["Refresh"] = f"0; url={departing.location}"
    departing.hand_over(request, response)
    return response
