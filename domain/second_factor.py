"""The second step of signing in: how long it is waited for, and recovery codes for who has lost the app."""

import secrets
from datetime import timedelta
from typing import ClassVar, Literal

from domain.principal import Unauthenticated

SecondFactor = Literal["totp", "recovery_code", "passkey"]

CHALLENGE_LASTS = timedelta(minutes=10)
RECOVERY_CODES = 10
# Neither vowels nor digits that look like letters: nothing to misread, no words.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_CODE_LENGTH = 12


class ChallengeEnded(Unauthenticated):
    """The first step of signing in is too long ago, or was finished."""

    code: ClassVar[str] = "challenge_ended"


def new_recovery_code() -> str:
    """57 bits of chance, such as `bcd2-fgh3-jkm4`."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def code_spelled(text: str) -> str:
    """A code as it is compared: without blanks and dashes, in small letters."""
    return "".join(text.split()).replace("-", "").lower()


def is_totp(spelled: str) -> bool:
    """Whether it has the form of an app's code."""
    return len(spelled) == 6 and spelled.isascii() and spelled.isdigit()
