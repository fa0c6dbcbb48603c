"""One translation of what goes wrong in a step into what Temporal does about it.

A refusal by a rule or a gateway ends the step with its code as the failure's type; an unavailable outside is
tried again, after the pause it asked for; anything else is a mistake and is retried by the step's policy.
"""

from datetime import timedelta
from typing import Any

from temporalio import worker
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from typing_extensions import override

from domain.errors import Refusal
from gateways.errors import Refused, Unavailable

_LONGEST = 4000


class FailureInterceptor(worker.Interceptor):
    """Put it on every worker: activities raise domain and gateway errors as they are."""

    @override
    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        """Wraps every activity."""
        return _Translating(next)


class _Translating(worker.ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except Refusal as refusal:
            raise final(refusal.code, refusal.detail, dict(refusal.facts)) from refusal
        except Refused as refused:
            raise final(refused.code, refused.detail, {"decline_code": refused.decline_code}) from refused
        except Unavailable as unavailable:
            raise temporary(unavailable) from unavailable


def final(code: str, detail: str, facts: dict[str, Any]) -> ApplicationError:
    """A no that stays a no; `facts` are the failure's details."""
    return ApplicationError(
        detail[:_LONGEST],
        facts,
        type=code,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )


def temporary(unavailable: Unavailable) -> ApplicationError:
    """Try again, not before the other side said."""
    seconds = unavailable.retry_after_seconds
    return ApplicationError(
        unavailable.detail[:_LONGEST],
        type="unavailable",
        next_retry_delay=None if seconds is None else timedelta(seconds=seconds),
    )
