"""Certificates of erasure, and the links under which people without an account fetch theirs. Never changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from db.engine import Tx
from db.rows import AnyRow
from db.schema import Column, Instant, Text, Uuid, metadata
from domain.certificate import Certificate
from domain.errors import NotFound

certificates = Table(
    "certificates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("organization_id", Uuid),
    Column("user_id", Uuid),
    Column("document", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("issued_at", Instant, nullable=False),
)
take_aways = Table(
    "take_aways",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("certificate_id", Uuid, nullable=False),
    Column("export_id", Uuid),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
_C, _T = certificates.c, take_aways.c


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAway:
    """What a link in a last letter leads to, until it expires."""

    token_hash: bytes
    certificate_id: UUID
    export_id: UUID | None
    created_at: datetime
    expires_at: datetime


async def issue(tx: Tx, certificate: Certificate) -> None:
    """Keeps a certificate.

    Raises:
        sqlalchemy.exc.IntegrityError: its subject has one; lock the subject and look first.
    """
    await tx.execute(insert(certificates).values(asdict(certificate)))


async def get(tx: Tx, *, certificate_id: UUID) -> Certificate:
    """The certificate.

    Raises:
        NotFound: there is none, or the transaction may not see it.
    """
    row = (await tx.execute(select(certificates).where(_C.id == certificate_id))).first()
    if row is None:
        raise NotFound("There is no such certificate")
    return _certificate(row)


async def list_of_organization(tx: Tx, *, organization_id: UUID) -> Sequence[Certificate]:
    """An organization's certificates, the newest first."""
    query = select(certificates).where(_C.organization_id == organization_id).order_by(_C.id.desc())
    return [_certificate(row) for row in await tx.execute(query)]


async def insert_take_away(tx: Tx, take_away: TakeAway) -> None:
    """Opens a link."""
    await tx.execute(insert(take_aways).values(asdict(take_away)))


async def find_take_away(tx: Tx, *, token_hash: bytes, now: datetime) -> TakeAway | None:
    """What a link leads to, unless it has expired."""
    query = select(take_aways).where(_T.token_hash == token_hash, _T.expires_at > now)
    row = (await tx.execute(query)).first()
    return None if row is None else TakeAway(**row._asdict() | {"token_hash": bytes(row.token_hash)})


async def forget_take_aways(tx: Tx, *, now: datetime) -> int:
    """Removes links that have expired; says how many."""
    return (await tx.execute(delete(take_aways).where(_T.expires_at <= now))).rowcount


def _certificate(row: AnyRow) -> Certificate:
    facts: dict[str, Any] = row._asdict()
    facts |= {name: bytes(facts[name]) for name in ("signature", "public_key")}
    return Certificate(**facts)
