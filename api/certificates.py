"""Certificates of erasure: read, downloaded, and checked by anybody."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from activities.certifying import PURPOSE
from api.deletion_shapes import ShownCertificate
from api.paging import Page
from api.routing import new_router
from api.security import HouseTransaction, OrganizationInPath, Principal, needs, public
from db import certificates
from db.engine import Tx
from domain.certificate import Certificate, file_of
from domain.errors import Invalid, NotFound
from domain.ids import read
from gateways.settings import Settings
from gateways.signing import Signer, is_signed

router = new_router(prefix="/v1", tag="privacy")
Reader = Annotated[Principal, Depends(needs("privacy:read"))]


class CertificateFile(BaseModel):
    """What a certificate's file holds."""

    document: str = Field(max_length=200_000)
    signature: str = Field(max_length=200)
    public_key: str = Field(max_length=200)


class Verdict(BaseModel):
    """`intact`: signed with that key and not changed since. `ours`: the key is this installation's."""

    intact: bool
    ours: bool


class SigningKey(BaseModel):
    """The key that checks certificates."""

    algorithm: str = "Ed25519"
    public_key: str


@router.get("/organizations/{organization_id}/certificates", dependencies=[Depends(needs("privacy:read"))])
async def list_all(organization_id: OrganizationInPath, tx: HouseTransaction) -> Page[ShownCertificate]:
    """An organization's certificates."""
    found = await certificates.list_of_organization(tx, organization_id=organization_id)
    return Page(items=[ShownCertificate.of(certificate) for certificate in found], next_cursor=None)


@router.get("/certificates/key")
@public("a public key is for everybody")
async def get_key(request: Request) -> SigningKey:
    """The key that checks this installation's certificates."""
    return SigningKey(public_key=_own_key(request).hex())


@router.post("/certificates/verify")
@public("says only whether what was sent is signed")
async def verify(body: CertificateFile, request: Request) -> Verdict:
    """Whether a certificate's file is unchanged, and whether it was signed here."""
    try:
        signature, key = bytes.fromhex(body.signature), bytes.fromhex(body.public_key)
    except ValueError:
        raise Invalid("signature, public_key: write them in hexadecimal digits") from None
    intact = is_signed(body.document, signature=signature, public_key=key)
    return Verdict(intact=intact, ours=key == _own_key(request))


@router.get("/certificates/{certificate_id}")
async def get(certificate_id: str, tx: HouseTransaction, principal: Reader) -> ShownCertificate:
    """One certificate."""
    return ShownCertificate.of(await _visible(tx, certificate_id, principal))


@router.get("/certificates/{certificate_id}/file", response_class=Response)
async def download(certificate_id: str, tx: HouseTransaction, principal: Reader) -> Response:
    """The certificate as a file that `backoffice privacy verify-certificate` checks offline."""
    return as_file(await _visible(tx, certificate_id, principal))


def as_file(certificate: Certificate) -> Response:
    """The certificate's file as an answer."""
    headers = {
        "Content-Disposition": f'attachment; filename="{certificate.file_name}"',
        "Cache-Control": "no-store",
    }
    return Response(file_of(certificate), media_type="application/json", headers=headers)


async def _visible(tx: Tx, certificate_id: str, principal: Principal) -> Certificate:
    """The certificate, if it exists for this principal; a person's is for staff only."""
    certificate = await certificates.get(tx, certificate_id=read("cert", certificate_id))
    if certificate.organization_id is None and not principal.is_staff:
        raise NotFound("There is no such certificate")
    principal.require_organization(certificate.organization_id)
    return certificate


def _own_key(request: Request) -> bytes:
    settings: Settings = request.app.state.settings
    return Signer(settings.session_secret, purpose=PURPOSE).public_key
