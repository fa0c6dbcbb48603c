"""The ledger's one shape: an amount above zero moves from a credit account to a debit account."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.errors import Invalid
from domain.ids import new_id

Account = Literal[
    "wallet:purchased",
    "wallet:granted",
    "receivable:unbilled",
    "receivable:billed",
    "revenue:usage",
    "revenue:plan",
    "revenue:storage",
    "revenue:recurring",
    "revenue:discount",
    "cost:provider",
    "payable:provider",
    "tax:payable",
    "cash:stripe",
    "cash:bank",
    "fees:stripe",
    "refunds",
    "rounding",
    "promotion",
    "breakage",
    "bad_debts",
]


@dataclass(frozen=True, slots=True)
class Posting:
    """One row of the ledger: cannot be unbalanced, is never changed, is written once per `key`.

    `entry_id` groups postings of one event; `cause` names the kind of event, `subject_id` the thing it
    is about in its shown form (`in_…`, `run_…`); `lot_id` the credit lot a wallet posting draws on or fills.
    """

    organization_id: UUID
    debit: Account
    credit: Account
    amount_nanos: int
    currency: str
    cause: str
    key: str
    posted_at: datetime
    subject_id: str = ""
    lot_id: UUID | None = None
    id: UUID = field(default_factory=new_id)
    entry_id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        if self.amount_nanos <= 0:
            raise Invalid(f"posting {self.key}: the amount must be above zero, not {self.amount_nanos}")
        if self.debit == self.credit:
            raise Invalid(f"posting {self.key}: debit and credit are both {self.debit}")
