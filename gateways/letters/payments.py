"""Letters about a payment: it arrived, it failed, it needs the client."""

from domain.letters import AuthenticationRequired, CardNeeded, PaymentFailed, Receipt
from gateways.letters.content import Button, Content, Paragraph, Rows, Voice, portal, reason_for
from gateways.letters.declines import explained


def receipt(f: Receipt) -> Content:
    """Thanks for a payment; says what remains, if anything does."""
    voice = Voice.to(f.who, f.currency)
    amount = voice.money(f.amount_nanos)
    pairs = [
        ("Invoice", f.number),
        ("Paid", amount),
        ("On", voice.moment(f.paid_at)),
        ("With", f.method),
    ]
    closed = "Nothing remains to be paid."
    if f.remaining_nanos:
        pairs.append(("Still open", voice.money(f.remaining_nanos)))
        closed = "The rest of the invoice stays open."
    if f.credited_nanos:
        pairs.append(("Added to your credits", voice.money(f.credited_nanos)))
        closed += f" It was {voice.money(f.credited_nanos)} more than was owed: that is in your credits now."
    return Content(
        subject=f"Receipt for invoice {f.number}: {amount} paid",
        preview=f"We have received your payment of {amount}.",
        head=f"Thank you: {amount} received",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(f"We have received your payment for invoice {f.number}. {closed}"),
            Rows(tuple(pairs), strong="Paid"),
            *portal(f.who, "See usage and invoices"),
        ),
        reason=reason_for(f.who),
    )


def payment_failed(f: PaymentFailed) -> Content:
    """Why the bank said no, what helps, and when we try again."""
    voice = Voice.to(f.who, f.currency)
    amount = voice.money(f.amount_nanos)
    why, remedy = explained(f.decline_code)
    again = (
        f"We will try the card again on {voice.day(f.next_attempt_on)}."
        if f.next_attempt_on
        else "We will not try this card again; please add another one."
    )
    return Content(
        subject=f"Payment of {amount} for invoice {f.number} did not go through",
        preview=why,
        head="Your payment did not go through",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(f"We could not charge {amount} for invoice {f.number} to your {f.card}. {why}"),
            Paragraph(f"{remedy} {again}"),
            Button("Update your card", f.update_url),
        ),
        reason=reason_for(f.who),
    )


def authentication_required(f: AuthenticationRequired) -> Content:
    """The bank asks for the client's own confirmation."""
    voice = Voice.to(f.who, f.currency)
    amount = voice.money(f.amount_nanos)
    until = f" The page is open until {voice.moment(f.expires_at)}." if f.expires_at else ""
    return Content(
        subject=f"Please confirm the payment of {amount} for invoice {f.number}",
        preview="Your bank asks you to confirm this payment yourself.",
        head=f"Please confirm {amount}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(
                f"Your bank asks you to confirm the payment of {amount} for invoice {f.number} "
                f"with your {f.card}. Nothing has been charged yet; it takes a minute.{until}"
            ),
            Button("Confirm the payment", f.link),
        ),
        reason=reason_for(f.who),
    )


def card_needed(f: CardNeeded) -> Content:
    """There is no card to charge: asks for one before the invoice is due."""
    voice = Voice.to(f.who, f.currency)
    amount, day = voice.money(f.amount_due_nanos), voice.day(f.due_on)
    return Content(
        subject=f"Please add a card to pay invoice {f.number}: {amount} by {day}",
        preview="No card is saved that we could charge.",
        head=f"Please add a card to pay {amount}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(
                f"Invoice {f.number} for {amount} is due {day}, and no card is saved that we could charge. "
                "Please add one on our payment provider's page; the invoice is then charged at once."
            ),
            Button("Add a card", f.link),
        ),
        reason=reason_for(f.who),
    )
