"""How long the processes of privacy wait: for a decision, for second thoughts, for a download."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyTerms:
    """The house's waits.

    `grace` goes by between the approval of an organization's deletion and the deletion, `erasure_grace` between
    asking for the erasure of an account and the erasure. A deletion that nobody decides about is reminded of,
    escalated and expires, counted from its request. An archive may be fetched for as long as `archives_last`.
    """

    grace: timedelta = timedelta(days=14)
    erasure_grace: timedelta = timedelta(days=7)
    remind_after: timedelta = timedelta(days=2)
    escalate_after: timedelta = timedelta(days=5)
    expire_after: timedelta = timedelta(days=14)
    archives_last: timedelta = timedelta(days=30)
