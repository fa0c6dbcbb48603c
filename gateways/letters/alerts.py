"""Letters to our own staff."""

from domain.letters import StaffAlert
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice


def staff_alert(f: StaffAlert) -> Content:
    """What happened, the facts, and where to look."""
    voice = Voice.to(f.who)
    pairs = (*f.facts, ("Raised", voice.moment(f.raised_at)))
    return Content(
        subject=f"[{f.severity}] {f.title}",
        preview=f.detail,
        head=f.title,
        parts=(Paragraph(f.detail), Rows(pairs), Button("Open in the console", f.link)),
        reason=f"You look after the billing of {f.who.seller}, so this alert comes to you.",
    )
