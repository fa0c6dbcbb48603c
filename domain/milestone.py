"""A milestone: a result that a project owes by a day, with the part of the contracted value it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.errors import Invalid
from domain.money import format_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """`amount_nanos` is its part of the contracted value, if one was agreed; `place` is its order, from 1."""

    id: UUID
    organization_id: UUID
    project_id: UUID
    name: str
    due_on: date | None
    amount_nanos: int | None
    place: int
    done_at: datetime | None
    created_at: datetime


def require_within(contracted_nanos: int | None, milestones: Sequence[Milestone]) -> None:
    """Refuses milestones that come to more than was contracted.

    Raises:
        Invalid: with the sum and the limit.
    """
    total = sum(milestone.amount_nanos or 0 for milestone in milestones)
    if total and total > (contracted_nanos or 0):
        limit = format_amount(contracted_nanos or 0)
        raise Invalid(
            f"amount: the milestones come to {format_amount(total)}, more than the contracted {limit}"
        )


def places(milestones: Sequence[Milestone], moved: UUID, place: int) -> list[UUID]:
    """The milestones' order after one of them was moved to a place; places beyond the ends mean the ends."""
    others = [milestone.id for milestone in milestones if milestone.id != moved]
    index = min(max(place, 1), len(others) + 1) - 1
    return [*others[:index], moved, *others[index:]]
