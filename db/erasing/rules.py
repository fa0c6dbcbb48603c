"""One rule for each table: rows deleted, columns overwritten, or kept for a reason; counted or applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from db.engine import Tx
from domain.deletion import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of a table's rows that pass `where`.

    They are overwritten by `change`, deleted without one, or stay for the reason `kept`. `noun` is how people are
    told of them; rows without a noun only hang on others. `counted` is a quicker way to count many.
    """

    table: str
    where: str
    noun: str = ""
    change: str = ""
    kept: str = ""
    counted: str = ""


async def count(
    tx: Tx, rules: Sequence[Rule], facts: dict[str, Any], *, exactly: bool = False
) -> tuple[Part, ...]:
    """How many rows each rule that has a noun is about; `exactly` also where a quicker way lags a little."""
    parts = []
    for rule in rules:
        if rule.noun:
            quick = "" if exactly else rule.counted
            query = quick or f"select count(*) from {rule.table} where {rule.where}"  # noqa: S608 — constants of this package
            found = (await tx.execute(text(query), facts)).scalar_one()
            parts.append(Part(noun=rule.noun, count=int(found), reason=rule.kept))
    return together(parts)


async def apply(tx: Tx, rules: Sequence[Rule], facts: dict[str, Any]) -> tuple[Part, ...]:
    """Deletes and overwrites, in the order of the rules; says how many rows of each noun."""
    parts = []
    for rule in rules:
        if rule.kept:
            continue
        act = f"update {rule.table} set {rule.change}" if rule.change else f"delete from {rule.table}"  # noqa: S608 — constants of this package
        done = await tx.execute(text(f"{act} where {rule.where}"), facts)
        parts.append(Part(noun=rule.noun, count=max(done.rowcount, 0)))
    return together(parts)


def together(parts: Sequence[Part]) -> tuple[Part, ...]:
    """One part for each noun."""
    counts: dict[tuple[str, str], int] = {}
    for part in parts:
        if part.noun:
            named = (part.noun, part.reason)
            counts[named] = counts.get(named, 0) + part.count
    return tuple(Part(noun=noun, count=count, reason=reason) for (noun, reason), count in counts.items())
