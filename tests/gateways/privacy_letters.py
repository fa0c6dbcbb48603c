"""One set of facts for every kind of letter about deletions, archives and erasures."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.letters import (
    Correspondents,
    DeletionApproved,
    DeletionDone,
    DeletionEscalated,
    DeletionExpired,
    DeletionRefused,
    DeletionReminder,
    DeletionRequested,
    DeletionRestored,
    ErasureDone,
    ErasureScheduled,
    ExportReady,
    Facts,
    Kind,
)

AT = datetime(2026, 11, 16, 12, tzinfo=UTC)
LINK = "https://app.backoffice.example/portal/settings/privacy"
NAME = "Northwind Robotics"


def privacy_letters(who: Correspondents) -> dict[Kind, Facts]:
    """The letters, to one reader."""
    person = replace(who, client="Alice Anderson")
    waiting = {"who": who, "organization": NAME, "requested_by": "Alice Anderson (alice@example.com)"}
    clock = {"decides_until": AT, "link": LINK}
    done = {"certificate": "cert_0198c0de", "link": LINK, "available_until": AT}
    return {
        "deletion_requested": DeletionRequested(**waiting, **clock, reason="We close", to_staff=True),  # type: ignore[arg-type]  # facts of several letters, named above
        "deletion_reminder": DeletionReminder(**waiting, **clock, days=2),  # type: ignore[arg-type]  # the same
        "deletion_escalated": DeletionEscalated(**waiting, **clock, days=5),  # type: ignore[arg-type]  # the same
        "deletion_approved": DeletionApproved(
            who=who, organization=NAME, deletes_at=AT, link=LINK, open_invoices=2
        ),
        "deletion_refused": DeletionRefused(who=who, organization=NAME, reason="An open dispute", link=LINK),
        "deletion_expired": DeletionExpired(who=who, organization=NAME, link=LINK),
        "deletion_restored": DeletionRestored(who=who, organization=NAME, restored_by="Alice", link=LINK),
        "deletion_done": DeletionDone(who=who, organization=NAME, open_invoices=1, **done),  # type: ignore[arg-type]  # the same
        "export_ready": ExportReady(
            who=person, subject=NAME, size_bytes=3_400_000, sha256="ab" * 32, link=LINK, available_until=AT
        ),
        "erasure_scheduled": ErasureScheduled(who=person, erases_at=AT, link=LINK),
        "erasure_done": ErasureDone(who=person, **done),  # type: ignore[arg-type]  # the same
    }
