"""A contractor's assignment: which clients somebody of ours, who is not of the staff proper, works for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import Invalid
from domain.user import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A contractor sees this organization; `assigned_by` is who said so, as shown to people."""

    user_id: UUID
    organization_id: UUID
    email: str
    name: str
    assigned_by: str
    assigned_at: datetime


def require_contractor(user: User) -> User:
    """The person, who is a contractor.

    Raises:
        Invalid: staff admins see every organization, clients belong to theirs.
    """
    if user.staff_role != "contractor":
        raise Invalid("user_id: only contractors are assigned; staff admins see every organization anyway")
    return user
