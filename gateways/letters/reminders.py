"""Letters about an invoice that is overdue, from friendly to final."""

from domain.letters import FinalNotice, PaymentReminder
from gateways.letters.content import (
    Content,
    Paragraph,
    Part,
    Rows,
    Voice,
    counted_days,
    reason_for,
    to_pay,
)


def payment_reminder(f: PaymentReminder) -> Content:
    """Reminder n of m; the first assumes an oversight, later ones say how many there were."""
    voice = Voice.to(f.who, f.currency)
    amount = voice.money(f.amount_due_nanos)
    opening = "A friendly reminder" if f.step == 1 else f"This is reminder {f.step} of {f.steps}"
    return Content(
        subject=f"Reminder: invoice {f.number} for {amount} is {_overdue(f.days_overdue)}",
        preview=f"{amount}, due {voice.day(f.due_on)}.",
        head=f"{amount} is {_overdue(f.days_overdue)}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(f"{opening}: invoice {f.number} is still open."),
            _open(f, voice),
            *to_pay(f.how_to_pay),
            Paragraph("If your payment is already on its way, please ignore this letter."),
        ),
        reason=reason_for(f.who),
    )


def final_notice(f: FinalNotice) -> Content:
    """The last letter: what happens, and the day until which it can be averted."""
    voice = Voice.to(f.who, f.currency)
    amount, day = voice.money(f.amount_due_nanos), voice.day(f.acts_on)
    return Content(
        subject=f"Final notice: invoice {f.number} for {amount}, please pay before {day}",
        preview=f"Without payment, {f.consequence} on {day}.",
        head=f"Please pay {amount} before {day}",
        parts=(
            Paragraph(f"Dear {f.who.client} team,"),
            Paragraph(
                f"In spite of our reminders, invoice {f.number} is still open. If the amount has not arrived "
                f"before {day}, {f.consequence}. Everything returns to normal as soon as you have paid."
            ),
            _open(f, voice),
            *to_pay(f.how_to_pay),
            Paragraph("If you cannot pay or disagree with the invoice, please answer: we would rather talk."),
        ),
        reason=reason_for(f.who),
    )


def _open(f: PaymentReminder | FinalNotice, voice: Voice) -> Part:
    pairs = (
        ("Invoice", f.number),
        ("Amount due", voice.money(f.amount_due_nanos)),
        ("Due", f"{voice.day(f.due_on)} ({_overdue(f.days_overdue)})"),
    )
    return Rows(pairs, strong="Amount due")


def _overdue(days: int) -> str:
    if days < 0:
        return f"due in {counted_days(-days)}"
    return f"{counted_days(days)} overdue" if days else "due today"
