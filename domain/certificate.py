"""Certificates of what was erased and what was kept: one text, signed, that anybody can check offline."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from domain.deletion import Part
from domain.errors import Invalid
from domain.ids import show

CertificateKind = Literal["organization_deletion", "personal_erasure"]
ALGORITHM = "Ed25519"
# Why the audit log keeps the name that somebody acted under.
AUDIT_KEPT = (
    "Entries of the audit log are chained by hashes and cannot be changed; they keep the name and the network "
    "address an act was done under, as proof of who ordered what (GDPR art. 17 (3) b and e)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A signed document: `document` is its exact text, `signature` and `public_key` are raw Ed25519 bytes."""

    id: UUID
    kind: CertificateKind
    subject_id: str
    organization_id: UUID | None
    user_id: UUID | None
    document: str
    signature: bytes
    public_key: bytes
    issued_at: datetime

    @property
    def shown_id(self) -> str:
        """Its id at the doors."""
        return show("cert", self.id)

    @property
    def file_name(self) -> str:
        """What a browser calls the file."""
        return f"certificate-{self.shown_id}.json"

    @property
    def facts(self) -> dict[str, Any]:
        """What the document says."""
        return cast("dict[str, Any]", json.loads(self.document))


def document_of(facts: Mapping[str, Any]) -> str:
    """The exact text that is signed: JSON with sorted keys and no spaces."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parts_shown(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """What was erased or kept, as a certificate says it; kinds of which there were none are left out."""
    return [
        {"what": part.noun, "count": part.count} | ({"why": part.reason} if part.reason else {})
        for part in parts
        if part.count
    ]


def file_of(certificate: Certificate) -> str:
    """The certificate as a file: the document, its signature and the key that checks it."""
    facts = {
        "document": certificate.document,
        "algorithm": ALGORITHM,
        "signature": certificate.signature.hex(),
        "public_key": certificate.public_key.hex(),
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a certificate's file holds."""

    document: str
    signature: bytes
    public_key: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """What the document says."""
        return cast("dict[str, Any]", json.loads(self.document))


def read_file(text: str) -> Signed:
    """The content of a certificate's file.

    Raises:
        Invalid: it is not one.
    """
    try:
        facts = cast("dict[str, Any]", json.loads(text))
        document = str(facts["document"])
        json.loads(document)
        return Signed(document, bytes.fromhex(facts["signature"]), bytes.fromhex(facts["public_key"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("This is not the file of a certificate") from error
