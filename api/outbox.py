"""The outbox: mails sent and waiting, what became of them, and sending one again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from activities.mails import send_again
from api.mail_secrets import as_shown
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import Principal, Transaction, actor_of, after_deletion, needs
from db import invoice_files, mails
from db.engine import Tx
from domain.ids import read, show
from domain.mail import Attachment, Mail, MailState, Wanted

router = new_router(prefix="/v1/outbox", tag="outbox")

# A letter is somebody else's words shown under our address: nothing in it may run, load or leave.
_SAFE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'; form-action 'none'"
_HEADERS = {
    "Content-Security-Policy": _SAFE,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class ShownAttachment(BaseModel):
    """A document that goes with a mail."""

    name: str
    invoice_id: str
    bytes: int = Field(description="How large it is; 0 until it is rendered")
    url: str = Field(description="Where it can be had")


class ShownMail(BaseModel):
    """One mail; `subject_id` is the thing it is about."""

    id: str
    key: str
    kind: str
    organization_id: str | None
    subject_id: str
    to: str
    subject: str
    text: str
    html: str
    attachments: list[ShownAttachment]
    state: MailState
    transport: str
    message_id: str
    attempts: int
    last_error: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    resendable: bool


def shown(mail: Mail, sizes: Mapping[UUID, int]) -> ShownMail:
    """The mail as the door shows it; `sizes` are those of its documents."""
    return ShownMail(
        id=show("mail", mail.id),
        key=mail.key,
        kind=mail.kind,
        organization_id=show("org", mail.organization_id) if mail.organization_id else None,
        subject_id=mail.subject_id,
        to=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        attachments=[_attachment(item, sizes) for item in mail.attachments],
        state=mail.state,
        transport=mail.transport,
        message_id=mail.message_id,
        attempts=mail.attempts,
        last_error=mail.last_error,
        created_at=mail.created_at,
        due_at=mail.due_at,
        sent_at=mail.sent_at,
        resendable=mail.resendable,
    )


def _attachment(item: Attachment, sizes: Mapping[UUID, int]) -> ShownAttachment:
    return ShownAttachment(
        name=item.name,
        invoice_id=item.invoice_id,
        bytes=sizes.get(_document(item), 0),
        url=f"/v1/invoices/{item.invoice_id}/pdf",
    )


def _document(item: Attachment) -> UUID:
    return read("in", item.invoice_id)


async def _sizes(tx: Tx, found: Sequence[Mail]) -> Mapping[UUID, int]:
    return await invoice_files.sizes(
        tx, invoice_ids=(_document(item) for mail in found for item in mail.attachments)
    )


def filters(
    organization_id: Annotated[str | None, Query(description="`org_…`")] = None,
    state: Wanted | None = None,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    subject_id: Annotated[str | None, Query(max_length=100, description="For example `in_…`")] = None,
    search: Annotated[str | None, Query(max_length=200, description="A part of recipient or subject")] = None,
) -> mails.Filters:
    """Which mails to list."""
    return mails.Filters(
        organization_id=None if organization_id is None else read("org", organization_id),
        state=state,
        kind=kind,
        subject_id=subject_id,
        search=search,
    )


Filtered = Annotated[mails.Filters, Depends(filters)]


@router.get("", dependencies=[Depends(needs("outbox:read"))])
async def list_mails(request: Request, tx: Transaction, wanted: Filtered, paging: Pages) -> Page[ShownMail]:
    """Mails, the newest first."""
    found = await mails.list_page(tx, filters=wanted, after=paging.after_id, limit=paging.fetch)
    sizes = await _sizes(tx, found)
    return paging.page(found, lambda mail: shown(as_shown(request, mail), sizes), lambda mail: mail.id)


def mail_in_path(mail_id: str) -> UUID:
    """The mail named in the path."""
    return read("mail", mail_id)


MailInPath = Annotated[UUID, Depends(mail_in_path)]


@router.get("/{mail_id}", dependencies=[Depends(needs("outbox:read"))])
async def get_mail(mail_id: MailInPath, request: Request, tx: Transaction) -> ShownMail:
    """One mail."""
    mail = as_shown(request, await mails.get(tx, mail_id=mail_id))
    return shown(mail, await _sizes(tx, [mail]))


@router.get("/{mail_id}/html", dependencies=[Depends(needs("outbox:read"))], response_class=HTMLResponse)
async def show_html(mail_id: MailInPath, request: Request, tx: Transaction) -> HTMLResponse:
    """The mail as its reader sees it: nothing in it can run or load anything."""
    mail = as_shown(request, await mails.get(tx, mail_id=mail_id))
    return HTMLResponse(mail.html, headers=_HEADERS)


@router.post("/{mail_id}/resend", status_code=201, dependencies=[Once])
@after_deletion("letters about money are kept, and sent again")
async def resend(
    mail_id: MailInPath,
    request: Request,
    tx: Transaction,
    principal: Annotated[Principal, Depends(needs("outbox:write"))],
) -> ShownMail:
    """Send a copy of a mail that has left, came back, failed, or may have left."""
    actor = actor_of(request, principal)
    copy = await send_again(tx, mail_id=mail_id, actor=actor, now=datetime.now(UTC))
    return shown(as_shown(request, copy), await _sizes(tx, [copy]))
