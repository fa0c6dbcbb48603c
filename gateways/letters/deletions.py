"""Letters about the deletion of an organization."""

from domain.letters.deletions import (
    DeletionApproved,
    DeletionDone,
    DeletionEscalated,
    DeletionExpired,
    DeletionRefused,
    DeletionReminder,
    DeletionRequested,
    DeletionRestored,
)
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice


def deletion_requested(f: DeletionRequested) -> Content:
    """Who asks and why; the staff are asked to decide, the owners are told."""
    voice = Voice.to(f.who)
    asked = Rows(
        (
            ("Organization", f.organization),
            ("Asked for by", f.requested_by),
            ("Reason", f.reason),
            ("Decided until", voice.moment(f.decides_until)),
        ),
        strong="Organization",
    )
    if f.to_staff:
        return Content(
            subject=f"Decide: delete {f.organization}?",
            preview=f"{f.requested_by} asks for it. A second person has to approve or refuse.",
            head=f"Shall {f.organization} be deleted?",
            parts=(
                Paragraph("Nothing happens until a second person of the staff has looked and decided."),
                asked,
                Button("See what would go and stay", f.link),
            ),
            reason=_for_staff(f.who.seller),
        )
    return Content(
        subject=f"The deletion of {f.organization} was asked for",
        preview="Nothing is deleted yet. We look at it and write again.",
        head=f"The deletion of {f.organization} was asked for",
        parts=(
            Paragraph(
                "Nothing is deleted yet. We look at the request and write to you again. If nobody of yours "
                "asked for it, take it back now and change your password."
            ),
            asked,
            Button("See the request", f.link),
        ),
        reason=_for_owners(f.organization),
    )


def deletion_reminder(f: DeletionReminder) -> Content:
    """It waits for a decision."""
    return _waiting(f, f"Still to decide: delete {f.organization}?", "A decision is waiting")


def deletion_escalated(f: DeletionEscalated) -> Content:
    """It has waited too long."""
    return _waiting(f, f"Overdue: delete {f.organization}? {f.days} days without an answer", "Overdue")


def _waiting(f: DeletionReminder, subject: str, head: str) -> Content:
    voice = Voice.to(f.who)
    until = voice.moment(f.decides_until)
    return Content(
        subject=subject,
        preview=f"{f.requested_by} asked {f.days} days ago.",
        head=f"{head}: {f.organization}",
        parts=(
            Paragraph(
                f"{f.requested_by} asked {f.days} days ago for {f.organization} to be deleted. Without a "
                f"decision the request expires on {until}, and the client has waited for nothing."
            ),
            Button("Decide", f.link),
        ),
        reason=_for_staff(f.who.seller),
    )


def deletion_approved(f: DeletionApproved) -> Content:
    """When it will be deleted, what that means until then, and how it is undone."""
    voice = Voice.to(f.who)
    at = voice.moment(f.deletes_at)
    return Content(
        subject=f"{f.organization} will be deleted on {at}",
        preview="Until then you can restore everything with one click.",
        head=f"{f.organization} will be deleted on {at}",
        parts=(
            Paragraph(
                "Its API keys have stopped working. Until that day you can sign in, see everything, download "
                "it, and restore the organization as it was."
            ),
            *_owing(f.open_invoices),
            Paragraph(
                "On that day we make a last statement and an archive of your data, then erase personal data. "
                "Invoices, postings and the audit log stay as long as law demands."
            ),
            Button("Restore the organization", f.link),
        ),
        reason=_for_owners(f.organization),
    )


def deletion_refused(f: DeletionRefused) -> Content:
    """Nothing is deleted, and why."""
    return _unchanged(
        f"{f.organization} is not deleted",
        f"The request was refused: {f.reason}",
        f.organization,
        f.link,
    )


def deletion_expired(f: DeletionExpired) -> Content:
    """Nothing is deleted: nobody decided."""
    return _unchanged(
        f"{f.organization} is not deleted: the request has expired",
        "Nobody decided about the request in time. We are sorry; ask again if you still want it.",
        f.organization,
        f.link,
    )


def deletion_restored(f: DeletionRestored) -> Content:
    """Everything works as before."""
    return _unchanged(
        f"{f.organization} is restored",
        f"{f.restored_by} took the deletion back. Members and API keys work as before.",
        f.organization,
        f.link,
    )


def _unchanged(head: str, text: str, organization: str, link: str) -> Content:
    return Content(
        subject=head,
        preview=text,
        head=head,
        parts=(Paragraph(text), Button("Open the organization", link)),
        reason=_for_owners(organization),
    )


def deletion_done(f: DeletionDone) -> Content:
    """It is deleted; where archive and certificate are, and until when."""
    until = Voice.to(f.who).moment(f.available_until)
    return Content(
        subject=f"{f.organization} is deleted: your archive and certificate",
        preview=f"Fetch both until {until}.",
        head=f"{f.organization} is deleted",
        parts=(
            Paragraph(
                "Personal data is erased, sessions have ended, keys and credentials are gone. A signed "
                "certificate says what was erased and what law demands us to keep."
            ),
            *_owing(f.open_invoices),
            Rows((("Certificate", f.certificate), ("Available until", until))),
            Button("Fetch archive and certificate", f.link),
            Paragraph(
                "The link needs no password: whoever has it may fetch the archive. This is our last letter to "
                "this address about this organization, but for invoices that are still open."
            ),
        ),
        reason=_for_owners(f.organization),
    )


def _owing(open_invoices: int) -> tuple[Paragraph, ...]:
    if not open_invoices:
        return ()
    some = f"{open_invoices} invoices are still open and stay due."
    return (Paragraph("1 invoice is still open and stays due." if open_invoices == 1 else some),)


def _for_staff(seller: str) -> str:
    return f"You are of the staff of {seller} and may decide about deletions."


def _for_owners(organization: str) -> str:
    return f"You receive this letter because you own or asked about {organization}."
