"""The letters of collection: written from the facts in the books, queued once for their reason."""

from datetime import datetime, timedelta

from activities.correspondence import Context, Sender, context_of, post
from db.engine import Tx
from domain.documents import BankTransfer
from domain.ids import show
from domain.letters import (
    AuthenticationRequired,
    BankTransferInstructions,
    CardNeeded,
    Facts,
    FinalNotice,
    Kind,
    PaymentFailed,
    PaymentReminder,
    Receipt,
)
from domain.payment import Payment
from domain.receivable import Receivable

CONSEQUENCE = "we will review your access to the service"
_DAYS_AFTER_FINAL_NOTICE = 7


class PaymentLetters:
    """Queues letters in the transaction of what they tell about."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def receipt(self, tx: Tx, payment: Payment, owed: Receivable, *, now: datetime) -> None:
        """Thanks for money received; `owed` is the invoice after it."""
        about = await context_of(tx, self._sender, owed)
        transfer = f"bank transfer, reference {payment.reference}"
        facts = Receipt(
            who=about.who,
            number=about.number,
            currency=owed.currency,
            amount_nanos=payment.applied_nanos + payment.credited_nanos,
            paid_at=now,
            method=transfer if payment.method == "bank_transfer" else about.card,
            remaining_nanos=owed.outstanding_nanos,
            credited_nanos=payment.credited_nanos,
        )
        await _queue(tx, about, "receipt", facts, reason=payment.id.hex, now=now)

    async def failed(
        self, tx: Tx, payment: Payment, owed: Receivable, *, next_attempt_at: datetime | None, now: datetime
    ) -> None:
        """The bank said no to a charge; says why and when the card is tried again."""
        about = await context_of(tx, self._sender, owed)
        facts = PaymentFailed(
            who=about.who,
            number=about.number,
            currency=owed.currency,
            amount_nanos=payment.amount_nanos,
            card=about.card,
            decline_code=payment.decline_code or None,
            update_url=about.link,
            next_attempt_on=about.day(next_attempt_at) if next_attempt_at else None,
        )
        await _queue(tx, about, "payment_failed", facts, reason=payment.id.hex, now=now)

    async def authenticate(self, tx: Tx, payment: Payment, owed: Receivable, *, now: datetime) -> None:
        """The bank wants to hear from the client."""
        about = await context_of(tx, self._sender, owed)
        facts = AuthenticationRequired(
            who=about.who,
            number=about.number,
            currency=owed.currency,
            amount_nanos=payment.amount_nanos,
            card=about.card,
            link=about.link,
        )
        await _queue(tx, about, "authentication_required", facts, reason=payment.id.hex, now=now)

    async def instructions(self, tx: Tx, owed: Receivable, *, now: datetime) -> None:
        """How to pay where no card can be charged: by transfer, or with a card that is still to be saved."""
        about = await context_of(tx, self._sender, owed)
        if isinstance(about.how_to_pay, BankTransfer):
            transfer = BankTransferInstructions(
                who=about.who,
                number=about.number,
                due_on=about.due_on(now),
                how_to_pay=about.how_to_pay,
                currency=owed.currency,
                amount_due_nanos=owed.outstanding_nanos,
            )
            await _queue(
                tx, about, "bank_transfer_instructions", transfer, reason=owed.invoice_id.hex, now=now
            )
            return
        facts = CardNeeded(
            who=about.who,
            number=about.number,
            due_on=about.due_on(now),
            link=about.link,
            currency=owed.currency,
            amount_due_nanos=owed.outstanding_nanos,
        )
        await _queue(tx, about, "card_needed", facts, reason=owed.invoice_id.hex, now=now)

    async def reminder(self, tx: Tx, owed: Receivable, *, step: int, steps: int, now: datetime) -> None:
        """Letter `step` of `steps` about an invoice that is still open."""
        about = await context_of(tx, self._sender, owed)
        facts = PaymentReminder(
            who=about.who,
            number=about.number,
            currency=owed.currency,
            amount_due_nanos=owed.outstanding_nanos,
            due_on=about.due_on(now),
            days_overdue=(about.day(now) - about.due_on(now)).days,
            step=step,
            steps=steps,
            how_to_pay=about.how_to_pay,
        )
        await _queue(tx, about, "payment_reminder", facts, reason=f"{owed.invoice_id.hex}:{step}", now=now)

    async def final_notice(self, tx: Tx, owed: Receivable, *, now: datetime) -> None:
        """The last letter before a person decides."""
        about = await context_of(tx, self._sender, owed)
        facts = FinalNotice(
            who=about.who,
            number=about.number,
            currency=owed.currency,
            amount_due_nanos=owed.outstanding_nanos,
            due_on=about.due_on(now),
            days_overdue=max((about.day(now) - about.due_on(now)).days, 0),
            acts_on=about.day(now + timedelta(days=_DAYS_AFTER_FINAL_NOTICE)),
            consequence=CONSEQUENCE,
            how_to_pay=about.how_to_pay,
        )
        await _queue(tx, about, "final_notice", facts, reason=owed.invoice_id.hex, now=now)


async def _queue(tx: Tx, about: Context, kind: Kind, facts: Facts, *, reason: str, now: datetime) -> None:
    """Writes the letter down once for its reason."""
    await post(
        tx,
        kind,
        facts,
        key=f"{kind}:{reason}",
        to=about.organization.billing_email,
        about=show("in", about.owed.invoice_id),
        organization_id=about.organization.id,
        now=now,
    )
