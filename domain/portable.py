"""How things are written into an archive: ids as at the doors, amounts as decimals, times with their zone."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from domain.ids import show
from domain.money import format_amount

_PREFIXES = {
    "organization_id": "org",
    "project_id": "prj",
    "department_id": "dep",
    "user_id": "usr",
    "owner_member_id": "usr",
    "owner_staff_id": "usr",
    "invoice_id": "in",
    "corrects_id": "in",
    "posting_id": "pst",
    "entry_id": "pst",
    "price_id": "price",
    "run_id": "run",
    "replaced_by": "key",
}
_NUMBER = re.compile(r"-?[0-9][0-9.]*")


def portable(thing: object, *, prefix: str = "", but: Collection[str] = ()) -> dict[str, Any]:
    """A dataclass as JSON for people and programs; `prefix` is its id's, `but` names fields that stay out."""
    named = {field.name: getattr(thing, field.name) for field in fields(cast("Any", thing))}
    return written({name: value for name, value in named.items() if name not in but}, prefix=prefix)


def written(facts: Mapping[str, object], *, prefix: str = "") -> dict[str, Any]:
    """Facts by name in the same way; what is bytes stays out."""
    return {
        name.removesuffix("_nanos"): _plain(name, value, prefix if name == "id" else "")
        for name, value in facts.items()
        if not isinstance(value, bytes)
    }


def _plain(name: str, value: object, prefix: str) -> Any:
    """One value; whole numbers called `…_nanos` are amounts."""
    if isinstance(value, UUID):
        known = prefix or _PREFIXES.get(name, "")
        return show(known, value) if known else str(value)
    if name.endswith("_nanos") and isinstance(value, int):
        return format_amount(value)
    return _simple(value)


def _simple(value: object) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value)
        return {str(name): _plain(str(name), inner, "") for name, inner in pairs.items()}
    if isinstance(value, Collection):
        return [_simple(inner) for inner in cast("Collection[object]", value)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


def json_text(facts: object) -> str:
    """JSON that people can read."""
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def csv_cells(values: Sequence[object]) -> list[object]:
    """The same values, harmless in a spreadsheet: no text begins a formula."""
    return [_harmless(value) for value in values]


def _harmless(value: object) -> object:
    risky = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and value
    return f"'{value}" if risky and not _NUMBER.fullmatch(str(value)) else value
