"""A project as lists show it: beside its client, who leads it, and what comes next."""

from dataclasses import dataclass
from datetime import date

from domain.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """`next_name` and `next_due_on` are of the first milestone that is not done; `currency` is the client's."""

    project: Project
    organization_name: str
    currency: str
    owner_name: str
    milestones: int
    done: int
    people: int
    next_name: str | None
    next_due_on: date | None
