"""Passwords: argon2id at OWASP's parameters (19 MiB, two passes), a few at a time, off the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_TOGETHER = 4


class Passwords:
    """Hashes and checks; more than `_TOGETHER` at once would let guessing take the memory of the machine."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turns = asyncio.Semaphore(_TOGETHER)
        self._nobody = ""

    async def hashed(self, password: str) -> str:
        """The hash to keep, with its salt and parameters."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether the password is the kept one; takes as long when nothing is kept."""
        async with self._turns:
            return await asyncio.to_thread(self._check, password, kept)

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters and should be made anew."""
        return self._hasher.check_needs_rehash(kept)

    def _check(self, password: str, kept: str | None) -> bool:
        """Compares in this thread."""
        if not self._nobody:
            self._nobody = self._hasher.hash("nobody has this password")
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None
