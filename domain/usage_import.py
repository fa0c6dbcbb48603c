"""Usage in anybody's CSV: which column is which field, and an id that a second import finds again.

A row's id is made of its cells and of how many equal rows came before it. So a file may be renamed, continued,
reordered or imported twice, and nothing is doubled; two equal rows are two requests.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.errors import Invalid

NUMBERS = frozenset({"input_tokens", "output_tokens", "cached_input_tokens", "duration_ms"})
TEXTS = frozenset(
    {
        *(
            "id",
            "project_id",
            "provider",
            "model",
            "status",
            "error",
            "bot_id",
            "user",
            "api_key_id",
            "meter",
        ),
        "environment",
    }
)
FIELDS = frozenset({"occurred_at", "quantity", *NUMBERS, *TEXTS})
_MILLISECONDS_FROM = 10**11


def columns_named(text: str) -> dict[str, str]:
    """`occurred_at=TIMESTAMP,input_tokens=ContextTokens` as field → column.

    Raises:
        Invalid: a field is unknown or named twice, or there is no time.
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    columns = {field.strip(): column.strip() for field, _, column in pairs}
    unknown = sorted(name for name in columns if name not in FIELDS)
    if unknown:
        raise Invalid(
            f"--columns: '{unknown[0]}' is no field of usage; fields are {', '.join(sorted(FIELDS))}"
        )
    if len(columns) != len(pairs) or not all(columns.values()):
        raise Invalid("--columns: write field=column once for each field, separated by commas")
    if "occurred_at" not in columns:
        raise Invalid("--columns: name the column that holds the time, as occurred_at=…")
    return columns


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row each field is, and what all rows have in common."""

    places: dict[str, int]
    common: dict[str, str]


def placed(columns: Mapping[str, str], header: Sequence[str], common: Mapping[str, str]) -> Layout:
    """The mapping for a file with this header.

    Raises:
        Invalid: a column is not in the file.
    """
    names = [name.strip() for name in header]
    missing = [column for column in columns.values() if column not in names]
    if missing:
        raise Invalid(f"--columns: the file has no column '{missing[0]}'; it has {', '.join(names[:40])}")
    return Layout({field: names.index(column) for field, column in columns.items()}, dict(common))


class Identities:
    """Gives rows their ids; remembers what it has seen of one file."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def identity(self, cells: Sequence[str]) -> str:
        """`import-` and 32 hexadecimal digits: the cells, and how many equal rows came before."""
        content = hashlib.sha256("\x1f".join(cells).encode()).digest()[:16]
        before = self._seen[content]
        self._seen[content] += 1
        return f"import-{hashlib.sha256(content + str(before).encode()).hexdigest()[:32]}"


def record_of(cells: Sequence[str], mapping: Layout, identity: str) -> dict[str, Any]:
    """The usage record of a row, as the API takes it.

    Raises:
        Invalid: a cell is missing or cannot be what it should; the message names the field.
    """
    if len(cells) <= max(mapping.places.values()):
        raise Invalid(f"the row has {len(cells)} cells, too few for the mapped columns")
    record: dict[str, Any] = {"id": identity, **mapping.common}
    for field, place in mapping.places.items():
        cell = cells[place].strip()
        if cell:
            record[field] = _value(field, cell)
    if "occurred_at" not in record:
        raise Invalid("occurred_at: the cell is empty")
    return record


def time_written(text: str) -> datetime:
    """An instant from ISO 8601 (a blank for the T, any number of decimals, UTC when no zone is said) or a Unix time.

    Digits behind the microsecond are cut off.

    Raises:
        Invalid: it is none of these.
    """
    try:
        if text.replace(".", "", 1).isdigit():
            number = Decimal(text)
            seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
            return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(seconds % 1 * 10**6))
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise Invalid(f"occurred_at: '{text[:40]}' is no time such as 2026-11-21 12:00:00.5") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _value(field: str, cell: str) -> str | int:
    """A cell as its field wants it."""
    if field == "occurred_at":
        return time_written(cell).isoformat()
    if field in NUMBERS:
        return _whole(field, cell)
    return cell


def _whole(field: str, cell: str) -> int:
    """A whole number, also written as 12.0."""
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != number.to_integral_value() or abs(number) > 10**15:
        raise Invalid(f"{field}: '{cell[:40]}' is not a whole number")
    return int(number)
