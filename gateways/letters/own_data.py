"""Letters about somebody's own data: the archive is ready, the account will be and is erased."""

from domain.letters.own_data import ErasureDone, ErasureScheduled, ExportReady
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, questions

_MEGABYTE = 1_000_000


def export_ready(f: ExportReady) -> Content:
    """Where the archive is, how large, and until when."""
    until = Voice.to(f.who).moment(f.available_until)
    return Content(
        subject=f"The archive of {f.subject} is ready",
        preview=f"Download it until {until}.",
        head="Your archive is ready",
        parts=(
            Paragraph(
                f"Everything we keep about {f.subject} is in one ZIP file with a list of its contents."
            ),
            Rows(
                (("Size", _size(f.size_bytes)), ("Checksum (SHA-256)", f.sha256), ("Available until", until))
            ),
            Button("Download the archive", f.link),
            Paragraph(
                "You will be asked to sign in. If you did not ask for this archive, change your password and tell us."
            ),
        ),
        reason=f"You receive this letter because your account asked for an archive. {questions(f.who)}",
    )


def erasure_scheduled(f: ErasureScheduled) -> Content:
    """When the account will be erased, and how that is undone."""
    voice = Voice.to(f.who)
    head = f"Your account will be erased on {voice.day_of(f.erases_at)}"
    return Content(
        subject=head,
        preview="Until then you can keep it with one click.",
        head=head,
        parts=(
            Paragraph(
                "On that day your name, your e-mail address, everything you sign in with and your memberships "
                "are erased. It cannot be undone afterwards."
            ),
            Rows((("Erasure", voice.moment(f.erases_at)),), strong="Erasure"),
            Paragraph("If it was not you who asked, keep the account and change your password now."),
            Button("Keep my account", f.link),
        ),
        reason=f"You receive this letter because the erasure of your account was asked for. {questions(f.who)}",
    )


def erasure_done(f: ErasureDone) -> Content:
    """The account is erased; where the certificate is, and until when."""
    until = Voice.to(f.who).moment(f.available_until)
    return Content(
        subject="Your account is erased: the certificate",
        preview=f"Fetch the certificate until {until}.",
        head="Your account is erased",
        parts=(
            Paragraph(
                "Your sessions have ended and everything you signed in with is gone. Your address is erased as "
                "soon as this letter has left; a signed certificate says what was erased and what the law "
                "requires us to keep."
            ),
            Rows((("Certificate", f.certificate), ("Available until", until))),
            Button("Fetch the certificate", f.link),
        ),
        reason=f"This is our last letter to this address about your account. {questions(f.who)}",
    )


def _size(size_bytes: int) -> str:
    if size_bytes < _MEGABYTE:
        return f"{max(size_bytes // 1000, 1)} kB"
    return f"{size_bytes / _MEGABYTE:.1f} MB"
