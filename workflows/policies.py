"""How long each kind of step may take and how it is retried: `execute_activity_method(step, x, **DATABASE)`.

A refusal (a rule's or a gateway's final no) is never retried: activities raise it as non-retryable. All else
is, with growing pauses; only the time a step is given in all (`schedule_to_close`) ends the attempts.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from typing_extensions import TypedDict


class Policy(TypedDict, closed=True, total=False):
    """What a step's call takes from its kind."""

    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy


_QUICK = RetryPolicy(
    initial_interval=timedelta(milliseconds=100),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
)
_PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=5)
)

# One database transaction. Retried for a month, longer than any outage: the books must close.
DATABASE = Policy(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(days=30),
    retry_policy=_QUICK,
)

# One set-based statement over many organizations; heartbeats between its parts.
CHUNK = Policy(
    start_to_close_timeout=timedelta(minutes=15),
    schedule_to_close_timeout=timedelta(days=3),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=_QUICK,
)

# One call to the payment provider, under a key recorded before. After a day somebody has to look.
STRIPE = Policy(
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=timedelta(hours=24),
    retry_policy=_PATIENT,
)

# PDFs, CPU-bound; heartbeats between documents.
RENDER = Policy(
    start_to_close_timeout=timedelta(minutes=15),
    schedule_to_close_timeout=timedelta(days=3),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=_PATIENT,
)

# A look at what runs in Temporal itself.
TEMPORAL = Policy(
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=timedelta(hours=1),
    retry_policy=_PATIENT,
)


def batch_queue() -> str:
    """The queue for long set-based steps (`task_queue=batch_queue()`): they must not crowd out short ones."""
    return f"{workflow.info().task_queue.removesuffix('-core')}-batch"
