"""Refusals: one root, one class for each thing that can be refused.

A refusal is final: asking again with the same facts gives the same answer. Doors turn the
stable `code` into a status, activities into a non-retryable failure.
"""

from typing import ClassVar


class Refusal(Exception):
    """Something the rules do not allow; `detail` names the field and the remedy.

    `facts` are small machine-readable values shown beside the code (ids, limits, amounts).
    """

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str, **facts: str | int | list[str] | None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class Invalid(Refusal):
    """A value is malformed or outside what is allowed."""

    code = "invalid"


class BadIdentifier(Invalid):
    """An identifier has the wrong prefix or is not a UUID."""

    code = "bad_identifier"


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else."""

    code = "not_found"


class Conflict(Refusal):
    """The thing exists already with other content, or its state does not allow the act."""

    code = "conflict"


class WrongState(Conflict):
    """The act is not possible in the thing's present state."""

    code = "wrong_state"


class IdempotencyMismatch(Conflict):
    """A key was used before with other content."""

    code = "idempotency_mismatch"


class Forbidden(Refusal):
    """The caller is known but may not do this."""

    code = "forbidden"


class PeriodNotEnded(Refusal):
    """A month cannot be invoiced before it has ended in the billing zone."""

    code = "period_not_ended"


class PeriodNotBegun(Refusal):
    """A month that lies ahead cannot be invoiced or previewed."""

    code = "period_not_begun"
