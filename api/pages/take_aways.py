"""Where the link in a last letter leads: the certificate, and the archive of an organization that is gone."""

from datetime import UTC, datetime

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from api.certificates import as_file
from api.data_exports import sent
from api.deletion_shapes import ShownCertificate
from api.pages.render import page
from api.pages.routing import new_open_pages
from api.security import HouseTransaction, database_of, public
from db import certificates, data_exports
from db.certificates import TakeAway
from db.engine import Tx
from domain.errors import NotFound
from domain.user import token_hash

router = new_open_pages("/take-away")
_WHY = "the link is unguessable, expires, and its reader can no longer sign in"


@router.get("/{token}")
@public(_WHY)
async def show(token: str, request: Request, tx: HouseTransaction) -> Response:
    """What can be fetched, and until when."""
    found = await _found(tx, token)
    certificate = await certificates.get(tx, certificate_id=found.certificate_id)
    archive = await data_exports.get(tx, export_id=found.export_id) if found.export_id else None
    return page(
        request,
        "take_away/page.html",
        token=token,
        certificate=ShownCertificate.of(certificate),
        archive=archive if archive and archive.state == "ready" else None,
        until=found.expires_at,
    )


@router.get("/{token}/certificate", response_class=Response)
@public(_WHY)
async def fetch_certificate(token: str, tx: HouseTransaction) -> Response:
    """The certificate's file."""
    found = await _found(tx, token)
    return as_file(await certificates.get(tx, certificate_id=found.certificate_id))


@router.get("/{token}/archive", response_class=StreamingResponse)
@public(_WHY)
async def fetch_archive(token: str, request: Request, tx: HouseTransaction) -> Response:
    """The archive."""
    found = await _found(tx, token)
    if found.export_id is None:
        raise NotFound("There is no archive with this certificate")
    return sent(database_of(request), await data_exports.get(tx, export_id=found.export_id))


async def _found(tx: Tx, token: str) -> TakeAway:
    """What the link leads to.

    Raises:
        NotFound: nobody sent this link, or its time is over.
    """
    found = await certificates.find_take_away(tx, token_hash=token_hash(token), now=datetime.now(UTC))
    if found is None:
        raise NotFound("This link is not valid, or its time is over")
    return found
