"""Which passwords are taken: long ones that nobody would try first (NIST SP 800-63B: length, not riddles)."""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from domain.common_passwords import PIECES, WHOLE
from domain.errors import Invalid

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_LEFT_BESIDE_KNOWN_PIECES = 6
_FEWEST_DIFFERENT = 5
_DISGUISES = str.maketrans("@4310$5!7", "aaeiossit")


def password_checked(password: str, *, about: Iterable[str] = ()) -> str:
    """The password, normalized as it is hashed; `about` is what others know of its owner: e-mail and name.

    Raises:
        Invalid: too short, too long, or among the first that somebody would try.
    """
    chosen = password_spelled(password)
    if not SHORTEST_PASSWORD <= len(chosen) <= LONGEST_PASSWORD:
        raise Invalid(f"password: write {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    folded = _folded(chosen)
    if len(set(folded)) < _FEWEST_DIFFERENT or _is_run(folded) or _is_repeated(folded):
        raise Invalid("password: this is a pattern; several unrelated words are better")
    own = [piece for text in about for piece in _pieces(text)]
    if _left(folded, own) < _LEFT_BESIDE_KNOWN_PIECES:
        raise Invalid("password: this is too close to your name or e-mail; choose something else")
    plain = folded.translate(_DISGUISES)
    common = folded in WHOLE or plain in WHOLE
    left = min(_left(folded, [*own, *PIECES]), _left(plain, [*own, *PIECES]))
    if common or left < _LEFT_BESIDE_KNOWN_PIECES:
        raise Invalid("password: many people use this or one like it; several unrelated words are better")
    return chosen


def password_spelled(password: str) -> str:
    """One spelling for characters that keyboards write in several ways."""
    return unicodedata.normalize("NFC", password)


def _folded(text: str) -> str:
    """Small letters, digits and marks, without blanks and dashes."""
    return "".join(character for character in text.casefold() if character not in " -_.,")


def _pieces(text: str) -> list[str]:
    """The words of a name or an address that are long enough to mean something."""
    words = "".join(character if character.isalnum() else " " for character in text.casefold()).split()
    return sorted((word for word in words if len(word) >= 3), key=len, reverse=True)


def _left(text: str, pieces: Iterable[str]) -> int:
    """How many characters are left when the pieces are taken out."""
    for piece in pieces:
        text = text.replace(piece, "")
    return len(text)


def _is_run(text: str) -> bool:
    """Whether it only counts on: abcdefghijkl, 123456789012, zyxwv…"""
    steps = [
        (ord(after) - ord(before)) % 10 if text.isdigit() else ord(after) - ord(before)
        for before, after in pairwise(text)
    ]
    return len(set(steps)) == 1


def _is_repeated(text: str) -> bool:
    """Whether it is one short piece again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))
