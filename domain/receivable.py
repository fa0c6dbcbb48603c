"""What is to be collected on an invoice: its open amount, when it is due, and from whom."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.errors import WrongState
from domain.ids import show
from domain.money import format_amount
from domain.payment import Payment
from domain.posting import Account, Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """The part of an invoice that collection reads and moves; amounts in nanos of its currency."""

    invoice_id: UUID
    organization_id: UUID
    kind: str
    number: str | None
    state: str
    currency: str
    amount_due_nanos: int
    amount_paid_nanos: int
    amount_credited_nanos: int
    due_on: date | None
    finalized_at: datetime | None
    paid_at: datetime | None

    @property
    def outstanding_nanos(self) -> int:
        """What is still owed."""
        return self.amount_due_nanos - self.amount_paid_nanos - self.amount_credited_nanos

    @property
    def open(self) -> bool:
        """True while money for it may be asked."""
        return self.state in ("finalized", "past_due") and self.outstanding_nanos > 0

    def require_open(self) -> None:
        """Refuses to take money for what is settled, void or not final.

        Raises:
            WrongState: nothing is owed.
        """
        if not self.open:
            raise WrongState(
                f"Nothing is owed on this invoice: it is {self.state}, open amount"
                f" {format_amount(self.outstanding_nanos)} {self.currency}",
                state=self.state,
            )

    def require_taking(self) -> None:
        """Refuses money for what is settled, void or not final; what was given up may still be paid.

        Raises:
            WrongState: nothing is owed.
        """
        if self.state != "uncollectible" or self.outstanding_nanos <= 0:
            self.require_open()

    def require_asked(self) -> None:
        """Refuses money for what nobody was asked to pay.

        Raises:
            WrongState: it is a draft or a credit note.
        """
        if self.kind != "invoice" or self.state == "draft":
            raise WrongState("Only a final invoice can be paid", state=self.state)

    def overdue(self) -> "Receivable":
        """The invoice once its day has passed: past due if something is still owed."""
        return replace(self, state="past_due") if self.open and self.state == "finalized" else self

    def given_up(self) -> "Receivable":
        """The invoice once a person has decided that it will not be paid."""
        return replace(self, state="uncollectible")

    def write_off(self, now: datetime) -> Posting:
        """What was owed when it was given up, tax included, is a loss; whether tax comes back is the tax office's.

        Raises:
            Invalid: nothing was owed.
        """
        key = f"write_off:{self.invoice_id.hex}"
        return self._bad_debt("bad_debts", "receivable:billed", self.outstanding_nanos, key, now)

    def recoveries(self, payment: Payment, now: datetime) -> list[Posting]:
        """What came in nevertheless is no loss any more; nothing for an invoice that was not given up."""
        if self.state != "uncollectible" or not payment.applied_nanos:
            return []
        key = f"payment:{payment.id.hex}:recovered"
        return [self._bad_debt("receivable:billed", "bad_debts", payment.applied_nanos, key, now)]

    def _bad_debt(self, debit: Account, credit: Account, nanos: int, key: str, now: datetime) -> Posting:
        return Posting(
            organization_id=self.organization_id,
            debit=debit,
            credit=credit,
            amount_nanos=nanos,
            currency=self.currency,
            cause="write_off" if debit == "bad_debts" else "recovery",
            key=key,
            posted_at=now,
            subject_id=show("in", self.invoice_id),
        )

    def paid_by(self, payment: Payment) -> "Receivable":
        """The invoice after a settled payment: paid when nothing is left.

        A payment that was applied to a void or given-up invoice leaves its state alone.
        """
        paid = replace(self, amount_paid_nanos=self.amount_paid_nanos + payment.applied_nanos)
        if paid.outstanding_nanos > 0 or self.state not in ("finalized", "past_due", "uncollectible"):
            return paid
        return replace(paid, state="paid", paid_at=payment.settled_at)

    @property
    def takes_nanos(self) -> int:
        """How much money it can still take: nothing once it is void."""
        return self.outstanding_nanos if self.state in ("finalized", "past_due", "uncollectible") else 0
