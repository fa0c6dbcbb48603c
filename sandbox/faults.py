"""Switches that make the sandbox fail on purpose, for the next so many calls or until cleared."""

import fnmatch
from dataclasses import asdict, dataclass

from sandbox.account import Account
from sandbox.errors import Json, StripeError

KINDS = {
    "timeout_before": "No answer, and nothing was done",
    "timeout_after": "The work is done, but the answer never comes",
    "rate_limit": "429, and nothing was done",
    "server_error": "500, and nothing was done",
    "server_error_after": "500, although the work was done",
}


@dataclass(frozen=True)
class Fault:
    """One switch.

    Attributes:
        kind: Key into `KINDS`.
        count: How many calls still fail, or None until it is cleared.
        method: HTTP method it is for.
        path: Address it is for; `*` matches anything.
    """

    kind: str
    count: int | None = 1
    method: str = "POST"
    path: str = "/v1/*"

    def matches(self, method: str, path: str) -> bool:
        """Whether a call is meant."""
        return self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)


def list_faults(account: Account) -> list[Fault]:
    """Every switch that is on."""
    return [Fault(**fault) for fault in account.store.switch("faults", [])]


def add_fault(account: Account, fault: Fault) -> None:
    """Turn a switch on."""
    _keep(account, [*list_faults(account), fault])


def clear_faults(account: Account) -> None:
    """Turn every switch off."""
    _keep(account, [])


def take_fault(account: Account, method: str, path: str) -> str | None:
    """The kind of failure this call is to suffer, counted down; None when it may work."""
    faults = list_faults(account)
    for position, fault in enumerate(faults):
        if fault.matches(method, path):
            left = None if fault.count is None else fault.count - 1
            spent = [] if left == 0 else [Fault(fault.kind, left, fault.method, fault.path)]
            _keep(account, [*faults[:position], *spent, *faults[position + 1 :]])
            return fault.kind
    return None


def _keep(account: Account, faults: list[Fault]) -> None:
    account.store.set_switch("faults", [asdict(fault) for fault in faults])


def rate_limited() -> StripeError:
    """Too many requests, as Stripe says it."""
    message = (
        "Request rate limit exceeded. Learn more about rate limits at https://docs.stripe.com/rate-limits."
    )
    return StripeError(429, "invalid_request_error", message, code="rate_limit")


def broken() -> StripeError:
    """Stripe's own failure."""
    message = "An unexpected error occurred. If this problem persists, contact https://support.stripe.com."
    return StripeError(500, "api_error", message)


def as_body(faults: list[Fault]) -> list[Json]:
    """The switches as JSON."""
    return [asdict(fault) for fault in faults]
