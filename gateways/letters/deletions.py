"""Letters about the deletion of an organization."""

from domain.letters.correspondents import Correspondents
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
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, counted_days, questions


def deletion_requested(f: DeletionRequested) -> Content:
    """Who asks and why; the staff are asked to decide, the owners are told."""
    voice = Voice.to(f.who)
    asked = Rows(
        (
            ("Organization", f.organization),
            ("Asked for by", f.requested_by),
            ("Reason", f.reason),
            ("Decision due by", voice.moment(f.decides_until)),
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
                Button("See what would be deleted", f.link),
            ),
            reason=_for_staff(f.who),
        )
    return Content(
        subject=f"A request to delete {f.organization}",
        preview="Nothing is deleted yet. We look at the request and write to you again.",
        head=f"Somebody asked to delete {f.organization}",
        parts=(
            Paragraph(
                "Nothing is deleted yet. We look at the request and write to you again. If nobody on "
                "your side asked for it, take it back now and change your password."
            ),
            asked,
            Button("See the request", f.link),
        ),
        reason=_for_owners(f.who, f.organization),
    )


def deletion_reminder(f: DeletionReminder) -> Content:
    """It waits for a decision."""
    return _waiting(f, f"Still to decide: delete {f.organization}?", "A decision is waiting")


def deletion_escalated(f: DeletionEscalated) -> Content:
    """It has waited too long."""
    return _waiting(
        f, f"Overdue: delete {f.organization}? {counted_days(f.days)} without a decision", "Overdue"
    )


def _waiting(f: DeletionReminder, subject: str, head: str) -> Content:
    voice = Voice.to(f.who)
    until = voice.moment(f.decides_until)
    return Content(
        subject=subject,
        preview=f"{f.requested_by} asked {counted_days(f.days)} ago.",
        head=f"{head}: {f.organization}",
        parts=(
            Paragraph(
                f"{f.requested_by} asked {counted_days(f.days)} ago for {f.organization} to be deleted. Without "
                "a decision the request expires, and the client has waited in vain."
            ),
            Rows((("Organization", f.organization), ("Expires", until))),
            Button("Decide", f.link),
        ),
        reason=_for_staff(f.who),
    )


def deletion_approved(f: DeletionApproved) -> Content:
    """When it will be deleted, what that means until then, and how it is undone."""
    voice = Voice.to(f.who)
    head = f"{f.organization} will be deleted on {voice.day_of(f.deletes_at)}"
    return Content(
        subject=head,
        preview="Until then you can restore everything with one click.",
        head=head,
        parts=(
            Paragraph(
                "Its API keys have stopped working. Until that day you can sign in, see everything, download "
                "it, and restore the organization as it was."
            ),
            Rows((("Deletion", voice.moment(f.deletes_at)),), strong="Deletion"),
            *_owing(f.open_invoices),
            Paragraph(
                "On that day we make a last statement and an archive of your data, then erase personal data. "
                "Invoices, accounting records and the audit log are kept as long as the law requires."
            ),
            Button("Restore the organization", f.link),
        ),
        reason=_for_owners(f.who, f.organization),
    )


def deletion_refused(f: DeletionRefused) -> Content:
    """Nothing is deleted, and why."""
    return _unchanged(
        f"{f.organization} is not deleted",
        f"The request was refused. The reason given: {f.reason}",
        f,
    )


def deletion_expired(f: DeletionExpired) -> Content:
    """Nothing is deleted: nobody decided."""
    return _unchanged(
        f"{f.organization} is not deleted: the request has expired",
        "Nobody decided about the request in time. We are sorry; ask again if you still want it.",
        f,
    )


def deletion_restored(f: DeletionRestored) -> Content:
    """Everything works as before."""
    return _unchanged(
        f"{f.organization} is restored",
        f"{f.restored_by} took the deletion back. Members and API keys work as before.",
        f,
    )


def _unchanged(head: str, text: str, f: DeletionRefused | DeletionExpired | DeletionRestored) -> Content:
    return Content(
        subject=head,
        preview=text,
        head=head,
        parts=(Paragraph(text), Button("Open the organization", f.link)),
        reason=_for_owners(f.who, f.organization),
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
                "certificate says what was erased and what the law requires us to keep."
            ),
            *_owing(f.open_invoices),
            Rows((("Certificate", f.certificate), ("Available until", until))),
            Button("Fetch archive and certificate", f.link),
            Paragraph(
                "The link needs no password: whoever has it may fetch the archive. This is our last letter to "
                "this address about this organization, except about invoices that are still open."
            ),
        ),
        reason=_for_owners(f.who, f.organization),
    )


def _owing(open_invoices: int) -> tuple[Paragraph, ...]:
    if not open_invoices:
        return ()
    some = f"{open_invoices} invoices are still open and stay due."
    return (Paragraph("1 invoice is still open and stays due." if open_invoices == 1 else some),)


def _for_staff(who: Correspondents) -> str:
    return f"You receive this letter because you are on the staff of {who.seller} and may decide about deletions."


def _for_owners(who: Correspondents, organization: str) -> str:
    own = organization.removesuffix(".")
    return f"You receive this letter because you own {own} or asked for its deletion. {questions(who)}"
