"""An organization as a list of accounts shows it, and what of the whole house somebody should look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.organization import Organization

AccountSort = Literal["created", "name", "credits", "spend", "month", "owed", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """What an organization holds, spent since a day, and owes; amounts in nanos of its currency."""

    organization: Organization
    balance_nanos: int
    requests: int
    spent_nanos: int
    owed_nanos: int
    past_due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(AccountRow):
    """The same in a list: with what it spent in its running month, and `key`, its value in the list's order.

    `spent_nanos` and `requests` are of thirty days; they and the month hold new usage within a minute.
    """

    month_nanos: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Money to be collected in one currency, in nanos."""

    currency: str
    unpaid: int
    unpaid_nanos: int
    past_due: int
    past_due_nanos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What is open in the whole house; `oldest_unfolded_at` is the oldest usage that no roll-up counts yet."""

    owed: tuple[Owed, ...]
    mails_failed: int
    mails_waiting: int
    webhooks_parked: int
    intents_waiting: int
    intents_parked: int
    month_ends_waiting: int
    oldest_unfolded_at: datetime | None
