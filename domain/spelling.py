"""How what people write is kept: on one line, without blanks around it, neither empty nor without end."""

from domain.errors import Invalid

LONGEST_NAME = 200
LONGEST_REASON = 500


def name_spelled(text: str, *, longest: int = LONGEST_NAME) -> str:
    """A name.

    Raises:
        Invalid: it is empty or too long.
    """
    return _line("name", text, longest)


def reason_spelled(text: str) -> str:
    """Why somebody does what others will ask about, or what cannot be undone.

    Raises:
        Invalid: it is empty or too long.
    """
    return _line("reason", text, LONGEST_REASON)


def _line(field: str, text: str, longest: int) -> str:
    line = " ".join(text.split())
    if not 1 <= len(line) <= longest:
        raise Invalid(f"{field}: write 1 to {longest} characters")
    return line
