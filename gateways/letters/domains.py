"""Letters about an organization's domains."""

from domain.letters import DomainConfirmation
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, questions


def domain_confirmation(f: DomainConfirmation) -> Content:
    """Asks whoever looks after a domain whether it belongs to the organization."""
    voice = Voice.to(f.who)
    return Content(
        subject=f"Does {f.domain} belong to {f.who.client}?",
        preview="Confirm it only if it does: people with addresses there will sign in to this organization.",
        head=f"Confirm {f.domain}",
        parts=(
            Paragraph(
                f"{f.who.client} has told {f.who.seller} that {f.domain} is its own domain. If it is, its people "
                f"sign in with their addresses there through the sign-on service of {f.who.client}."
            ),
            Rows((("Organization", f.who.client), ("Asked by", f.asked_by), ("Domain", f.domain)), "Domain"),
            Button("Confirm the domain", f.link),
            Paragraph(
                f"The link works once, until {voice.moment(f.expires_at)}. If the domain is not theirs, ignore this letter."
            ),
        ),
        reason=f"You receive this letter because you look after the domain {f.domain}. {questions(f.who)}",
    )
