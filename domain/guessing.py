"""How guessing is slowed down: a few mistakes cost nothing, each further one a wait that doubles."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from domain.errors import Refusal

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)


class TooManyAttempts(Refusal):
    """Too many wrong guesses; wait."""

    code: ClassVar[str] = "too_many_attempts"


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` wrong guesses before the first wait; all are forgotten after `forgotten_after` without another."""

    free: int
    forgotten_after: timedelta

    def wait_after(self, failures: int) -> timedelta:
        """How long nothing is tried after that many failures: half a minute, doubling, at most a quarter hour."""
        if failures < self.free:
            return timedelta()
        return min(FIRST_WAIT * 2 ** min(failures - self.free, 10), LONGEST_WAIT)

    def waits(self) -> list[float]:
        """The waits in seconds after 1, 2, 3 … failures, up to the longest."""
        return [self.wait_after(failures).total_seconds() for failures in range(1, self.free + 6)]


# All browsers together in which an account was never signed in: they wait for each other.
STRANGERS = Patience(free=5, forgotten_after=timedelta(days=1))
# One browser in which the account was signed in before: nobody else can make it wait.
KNOWN_DEVICE = Patience(free=10, forgotten_after=timedelta(hours=1))
# One address, whatever accounts it tries; an office shares one.
ADDRESS = Patience(free=100, forgotten_after=timedelta(minutes=15))
# Questions that anybody can have asked before they have proved anything, from one network; an office shares one.
QUESTIONS = Patience(free=300, forgotten_after=timedelta(minutes=15))
# Questions about one account: after its password was right, from one network; or by its person, signed in.
OWN_QUESTIONS = Patience(free=20, forgotten_after=timedelta(minutes=15))
# Letters to one address that anybody can ask for.
LETTERS = Patience(free=4, forgotten_after=timedelta(hours=1))
