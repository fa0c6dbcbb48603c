"""Certificates made out: the facts put together, signed, kept, and a link for whoever can no longer sign in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from activities.correspondence import Sender
from db import certificates
from db.certificates import TakeAway
from db.engine import Tx
from domain.certificate import Certificate, CertificateKind, document_of, parts_shown
from domain.deletion import Part
from domain.ids import new_id, show
from domain.user import new_token, token_hash
from gateways.signing import Signer

PURPOSE = "certificates of erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a certificate is about: a deletion or an erasure, by its shown id, and whose it was."""

    kind: CertificateKind
    subject_id: str
    organization_id: UUID | None = None
    user_id: UUID | None = None


async def certify(
    tx: Tx,
    matter: Matter,
    *,
    sender: Sender,
    erased: Sequence[Part],
    kept: Sequence[Part],
    facts: Mapping[str, Any],
    now: datetime,
) -> Certificate:
    """Issues the certificate; the caller holds the subject's lock and has seen that there is none."""
    identifier, signer = new_id(), Signer(sender.link_secret, purpose=PURPOSE)
    document = document_of(
        {
            "certificate": show("cert", identifier),
            "kind": matter.kind,
            "about": matter.subject_id,
            "issued_at": now.isoformat(timespec="seconds"),
            "issued_by": {"name": sender.name, "address": list(sender.address_lines)},
            "erased": parts_shown(erased),
            "kept": parts_shown(kept),
            **facts,
        }
    )
    certificate = Certificate(
        id=identifier,
        kind=matter.kind,
        subject_id=matter.subject_id,
        organization_id=matter.organization_id,
        user_id=matter.user_id,
        document=document,
        signature=signer.sign(document),
        public_key=signer.public_key,
        issued_at=now,
    )
    await certificates.issue(tx, certificate)
    return certificate


async def open_take_away(
    tx: Tx, certificate: Certificate, *, export_id: UUID | None, now: datetime, until: datetime
) -> str:
    """A fresh token that leads to the certificate, and to the archive where there is one; only its hash is kept."""
    token = new_token()
    take_away = TakeAway(
        token_hash=token_hash(token),
        certificate_id=certificate.id,
        export_id=export_id,
        created_at=now,
        expires_at=until,
    )
    await certificates.insert_take_away(tx, take_away)
    return token
