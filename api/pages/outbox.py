"""The outbox: mails sent and waiting, what each looks like, and sending one again."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from api import outbox
from api.pages.acts import done
from api.pages.asking import given, organization_asked, organizations_offered
from api.pages.render import page
from api.pages.routing import OncePerForm, new_pages
from api.paging import Pages
from api.security import HouseTransaction, Principal, Transaction, after_deletion, needs
from db.mails import Filters
from domain.mail import Wanted

router = new_pages("/outbox")
Text = Annotated[str | None, Query(max_length=200)]


@router.get("", dependencies=[Depends(needs("outbox:read"))])
async def list_all(
    request: Request,
    tx: Transaction,
    pages: Pages,
    state: Wanted | None = None,
    kind: Text = None,
    search: Text = None,
    subject_id: Text = None,
) -> Response:
    """Mails, the newest first."""
    chosen = await organization_asked(tx, given(request))
    wanted = Filters(
        organization_id=chosen.id if chosen else None,
        state=state,
        kind=kind,
        subject_id=subject_id,
        search=search,
    )
    return page(
        request,
        "outbox/list.html",
        found=await outbox.list_mails(request, tx, wanted, pages),
        organizations=await organizations_offered(tx),
    )


@router.get("/{mail_id}", dependencies=[Depends(needs("outbox:read"))])
async def show_one(mail_id: outbox.MailInPath, request: Request, tx: Transaction) -> Response:
    """One mail as its reader sees it, its text, and what became of it."""
    return page(request, "outbox/one.html", mail=await outbox.get_mail(mail_id, request, tx))


@router.post("/{mail_id}/resend", dependencies=[OncePerForm])
@after_deletion("letters about money are kept, and sent again")
async def resend(
    mail_id: outbox.MailInPath,
    request: Request,
    tx: HouseTransaction,
    principal: Annotated[Principal, Depends(needs("outbox:write"))],
) -> Response:
    """Sends a copy."""
    copy = await outbox.resend(mail_id, request, tx, principal)
    return done(
        request, f"/console/outbox/{copy.id}", f"A copy is on its way to {copy.to}; this is its page."
    )
