"""Passwords: argon2id at OWASP's parameters (19 MiB, two passes), a few at a time, off the event loop."""

import asyncio
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.password import password_spelled
from gateways.errors import Unavailable

_MOST_WAITING = 400


class Hasher(Protocol):
    """What hashes and checks; argon2 but for tests that need ten thousand guesses."""

    def hash(self, password: str) -> str:
        """The hash, with its salt and parameters."""
        ...

    def verify(self, hash: str, password: str) -> object:  # noqa: A002 — argon2's own name
        """Passes when the password is the hashed one.

        Raises:
            VerificationError: it is not.
        """
        ...

    def check_needs_rehash(self, hash: str) -> bool:  # noqa: A002 — argon2's own name
        """Whether it was made with other parameters."""
        ...


class Passwords:
    """Hashes and checks; `together` at once, so that guessing takes neither all memory nor every core."""

    def __init__(self, hasher: Hasher | None = None, *, together: int = 1) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turns = asyncio.Semaphore(together)
        self._waiting = 0
        self._nobody = ""

    async def hashed(self, password: str) -> str:
        """The hash to keep, with its salt and parameters.

        Raises:
            Unavailable: too many wait already.
        """
        async with _Turn(self):
            return await asyncio.to_thread(self._hasher.hash, password_spelled(password))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether the password is the kept one; takes as long when nothing is kept.

        Raises:
            Unavailable: too many wait already.
        """
        async with _Turn(self):
            return await asyncio.to_thread(self._check, password_spelled(password), kept)

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


class _Turn:
    """One's turn to hash; in the order of coming."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords

    async def __aenter__(self) -> None:
        mine = self._passwords
        if mine._waiting >= _MOST_WAITING:
            raise Unavailable("Too many people sign in at this moment; try again in a few seconds")
        mine._waiting += 1
        try:
            await mine._turns.acquire()
        finally:
            mine._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._passwords._turns.release()
