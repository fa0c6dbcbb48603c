"""Letters about API keys, to whoever made them and to the organization's owners."""

from domain.letters import KeyEnds
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, counted_days, questions


def key_ends(f: KeyEnds) -> Content:
    """Which key ends when, whether it is still used, and what to do."""
    voice = Voice.to(f.who)
    used = voice.moment(f.last_used_at) if f.last_used_at else "never"
    pairs = (
        ("Key", f"{f.name} ({f.prefix}…)"),
        ("Ended" if f.days_left == 0 else "Ends", voice.moment(f.ends_at)),
        ("Last used", used),
    )
    if f.days_left == 0:
        head = f"The API key “{f.name}” has ended"
        advice = "Programs that still use it are refused. Make a new key and give it to them."
    else:
        head = f"The API key “{f.name}” ends within {counted_days(f.days_left)}"
        advice = "Rotate it in time: the new key and the old one then work side by side until you have changed over."
    return Content(
        subject=head,
        preview=advice,
        head=head,
        parts=(Paragraph(advice), Rows(pairs), Button("Open your API keys", f.link)),
        reason=f"You receive this letter because you made this key or own {f.who.client.removesuffix('.')}. {questions(f.who)}",
    )
