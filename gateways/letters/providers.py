"""Letters about keys at providers of models, to the owners and admins of the organization."""

from domain.letters import ProviderKeyRefused
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, questions

_LONGEST_IN_SUBJECT = 50


def provider_key_refused(f: ProviderKeyRefused) -> Content:
    """Which key no longer works, since when, and what to do."""
    voice = Voice.to(f.who)
    pairs = (
        ("Key", f"{f.name} (ends in {f.last_four})"),
        ("For", f"project {f.project}" if f.project else f"all of {f.who.client}"),
        ("Last accepted", voice.moment(f.worked_at)),
        ("Refused", voice.moment(f.refused_at)),
        ("What we saw", f.reason),
    )
    name = f.name if len(f.name) <= _LONGEST_IN_SUBJECT else f"{f.name[:_LONGEST_IN_SUBJECT]}…"
    head = f"{f.provider} no longer accepts your key “{name}”"
    advice = (
        f"Requests made with it fail. If {f.provider} or somebody of yours has replaced or revoked it, enter the new one: "
        "it takes effect at once. If you no longer need it, disable or remove it."
    )
    return Content(
        subject=head,
        preview=advice,
        head=head,
        parts=(Paragraph(advice), Rows(pairs), Button("Open your providers", f.link)),
        reason=f"You receive this letter because you own or manage {f.who.client.removesuffix('.')}. {questions(f.who)}",
    )
