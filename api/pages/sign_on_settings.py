"""How an organization signs in, for its own people in the portal and for staff in the console: one set of pages."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from api import email_domains, organizations, sign_on
from api.email_domains import AskedMailbox, NewDomain
from api.pages.about import About, in_console, settings_root
from api.pages.acts import done
from api.pages.render import block, page
from api.pages.routing import OncePerForm, new_pages, new_portal
from api.recent import Recent
from api.security import HouseTransaction, Principal, needs
from api.sign_on_shapes import Setup

portal = new_portal("/settings/sign-on")
console = new_pages("/organizations/{organization_id}/sign-on")
Keeper = Annotated[Principal, Depends(needs("sign-on:write"))]


@portal.get("")
@console.get("")
async def show_all(organization_id: About, request: Request, tx: HouseTransaction, _: Keeper) -> Response:
    """Domains, provider, and whether it is the only way in."""
    organization = await organizations.get(organization_id, tx)
    return page(
        request,
        "sign_on/settings.html",
        frame_template="organizations/frame.html" if in_console(request) else "portal/settings/frame.html",
        organization=organization,
        tab="sign-on",
        here=_here(request, organization_id),
        found=await sign_on.get(organization_id, request, tx),
        domains=(await email_domains.list_all(organization_id, tx)).items,
    )


@portal.post("", dependencies=[Recent])
@console.post("", dependencies=[Recent])
async def set_up(
    organization_id: About, body: Annotated[Setup, Form()], request: Request, by: Keeper
) -> Response:
    """Sets the provider up."""
    await sign_on.set_up(organization_id, body, request, by)
    return _back(request, organization_id, "The provider is saved. Try it before you require it.")


@portal.post("/test")
@console.post("/test")
async def try_out(organization_id: About, request: Request, _: Keeper) -> Response:
    """Asks the provider, and shows what is still missing."""
    tried = await sign_on.try_out(organization_id, request)
    return block(request, "sign_on/findings.html", "findings", tried=tried)


@portal.post("/enforce", dependencies=[Recent, OncePerForm])
@console.post("/enforce", dependencies=[Recent, OncePerForm])
async def enforce(organization_id: About, request: Request, tx: HouseTransaction, by: Keeper) -> Response:
    """Makes it the only way in."""
    await sign_on.enforce(organization_id, request, tx, by)
    return _back(request, organization_id, "From now on everybody signs in through your provider.")


@portal.post("/lift", dependencies=[Recent, OncePerForm])
@console.post("/lift", dependencies=[Recent, OncePerForm])
async def lift(organization_id: About, request: Request, tx: HouseTransaction, by: Keeper) -> Response:
    """Opens the other ways in again."""
    await sign_on.lift(organization_id, request, tx, by)
    return _back(request, organization_id, "People may sign in with password and passkey again.")


@portal.post("/remove", dependencies=[Recent])
@console.post("/remove", dependencies=[Recent])
async def remove(organization_id: About, request: Request, tx: HouseTransaction, by: Keeper) -> Response:
    """Removes the provider."""
    await sign_on.remove(organization_id, request, tx, by)
    return _back(request, organization_id, "Single sign-on is removed.")


@portal.post("/domains", dependencies=[OncePerForm])
@console.post("/domains", dependencies=[OncePerForm])
async def name_domain(
    organization_id: About,
    body: Annotated[NewDomain, Form()],
    request: Request,
    tx: HouseTransaction,
    by: Keeper,
) -> Response:
    """Names a domain."""
    named = await email_domains.name_domain(organization_id, body, request, tx, by)
    return _back(request, organization_id, f"{named.name} is in the list. Prove that it is yours.")


@portal.post("/domains/{domain_id}/check")
@console.post("/domains/{domain_id}/check")
async def check(organization_id: About, domain_id: str, request: Request, by: Keeper) -> Response:
    """Looks for the record."""
    proven = await email_domains.check(domain_id, request, by)
    return _back(request, organization_id, f"{proven.name} is proven to be yours.")


@portal.post("/domains/{domain_id}/mail", dependencies=[OncePerForm])
@console.post("/domains/{domain_id}/mail", dependencies=[OncePerForm])
async def ask_by_mail(
    organization_id: About,
    domain_id: str,
    body: Annotated[AskedMailbox, Form()],
    request: Request,
    tx: HouseTransaction,
    by: Keeper,
) -> Response:
    """Writes to whoever looks after the domain."""
    asked = await email_domains.ask_by_mail(domain_id, body, request, tx, by)
    return _back(request, organization_id, f"A letter is on its way to {asked.mail_sent_to}.")


@portal.post("/domains/{domain_id}/remove", dependencies=[Recent])
@console.post("/domains/{domain_id}/remove", dependencies=[Recent])
async def remove_domain(
    organization_id: About, domain_id: str, request: Request, tx: HouseTransaction, by: Keeper
) -> Response:
    """Removes a domain."""
    await email_domains.remove(domain_id, request, tx, by)
    return _back(request, organization_id, "The domain is removed.")


def _here(request: Request, organization_id: UUID) -> str:
    """The page's own address."""
    return f"{settings_root(request, organization_id)}/sign-on"


def _back(request: Request, organization_id: UUID, text: str) -> Response:
    """Leads back to the page, with a message."""
    return done(request, _here(request, organization_id), text)
