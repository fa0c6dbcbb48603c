"""How deletions, holds and certificates look at the doors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from domain.certificate import ALGORITHM, Certificate, CertificateKind
from domain.deletion import Deletion, DeletionState, Part, Preview
from domain.ids import show
from domain.legal_hold import LegalHold
from domain.money import format_amount


class NewDeletion(BaseModel):
    """The organization's name, typed again, and why."""

    name: str = Field(max_length=400, examples=["Acme Robotics"])
    reason: str = Field(max_length=1000, examples=["The company closes"])


class Decision(BaseModel):
    """Why; a refusal needs a reason."""

    reason: str = Field("", max_length=1000)


class NewHold(BaseModel):
    """Why the data has to stay, or why it need not any more."""

    reason: str = Field(max_length=1000, examples=["Litigation 2026-114"])


class ShownPart(BaseModel):
    """One kind of thing that goes or stays."""

    what: str
    count: int
    why: str = ""


class ShownPreview(BaseModel):
    """What a deletion would do."""

    goes: list[ShownPart]
    stays: list[ShownPart]
    currency: str
    wallet: str
    open_invoices: int
    open_amount: str
    waits_for: str
    warnings: list[str]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """The preview as the door shows it."""
        money = preview.money
        return cls(
            goes=_parts(preview.goes),
            stays=_parts(preview.stays),
            currency=money.currency,
            wallet=format_amount(money.wallet_nanos),
            open_invoices=money.open_invoices,
            open_amount=format_amount(money.open_nanos),
            waits_for=preview.obstacles.words,
            warnings=list(preview.warnings),
        )


class ShownDeletion(BaseModel):
    """One request for an organization's deletion; people by id and, where known, by name."""

    id: str
    organization_id: str
    organization: str
    state: DeletionState
    reason: str
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    decides_until: datetime
    decided_by: str | None
    decided_by_name: str
    decided_at: datetime | None
    decision_reason: str
    deletes_at: datetime | None
    restored_by: str | None
    restored_at: datetime | None
    finished_at: datetime | None
    restorable: bool
    workflow_id: str

    @classmethod
    def of(cls, deletion: Deletion, *, organization: str, names: Mapping[UUID, str]) -> Self:
        """The deletion as the door shows it."""
        facts: dict[str, Any] = {
            name: getattr(deletion, name) for name in cls.model_fields if hasattr(deletion, name)
        }
        return cls(
            **facts
            | {
                "id": deletion.shown_id,
                "organization_id": show("org", deletion.organization_id),
                "organization": organization,
                "requested_by": show("usr", deletion.requested_by),
                "requested_by_name": names.get(deletion.requested_by, ""),
                "decided_by": _person(deletion.decided_by),
                "decided_by_name": names.get(deletion.decided_by, "") if deletion.decided_by else "",
                "restored_by": _person(deletion.restored_by),
            }
        )


class ShownHold(BaseModel):
    """A legal hold."""

    id: str
    organization_id: str
    reason: str
    placed_by: str
    placed_by_name: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str
    in_force: bool

    @classmethod
    def of(cls, hold: LegalHold, *, names: Mapping[UUID, str]) -> Self:
        """The hold as the door shows it."""
        return cls(
            id=hold.shown_id,
            organization_id=show("org", hold.organization_id),
            reason=hold.reason,
            placed_by=show("usr", hold.placed_by),
            placed_by_name=names.get(hold.placed_by, ""),
            placed_at=hold.placed_at,
            lifted_by=_person(hold.lifted_by),
            lifted_at=hold.lifted_at,
            lift_reason=hold.lift_reason,
            in_force=hold.in_force,
        )


class ShownCertificate(BaseModel):
    """A certificate: `document` is the exact text that is signed, `facts` the same to be read."""

    id: str
    kind: CertificateKind
    about: str
    issued_at: datetime
    document: str
    algorithm: str
    signature: str
    public_key: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, certificate: Certificate) -> Self:
        """The certificate as the door shows it."""
        return cls(
            id=certificate.shown_id,
            kind=certificate.kind,
            about=certificate.subject_id,
            issued_at=certificate.issued_at,
            document=certificate.document,
            algorithm=ALGORITHM,
            signature=certificate.signature.hex(),
            public_key=certificate.public_key.hex(),
            facts=certificate.facts,
        )


def _person(user_id: UUID | None) -> str | None:
    return None if user_id is None else show("usr", user_id)


def _parts(parts: Sequence[Part]) -> list[ShownPart]:
    """What there is at least one of."""
    return [ShownPart(what=part.noun, count=part.count, why=part.reason) for part in parts if part.count]
