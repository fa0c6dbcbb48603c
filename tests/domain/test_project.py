"""Where a project may go, who may change it, and what its milestones come to."""

from datetime import UTC, datetime
from typing import get_args
from uuid import uuid4

import pytest

from domain.errors import Forbidden, Invalid, WrongState
from domain.milestone import Milestone, places, require_within
from domain.principal import Interruption, OrganizationSuspended, Principal
from domain.project import NEXT, Project, ProjectStatus
from domain.project_role import ProjectRole, may_change, require_may_change, sees_value
from domain.roles import Role, permissions_of_role

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def project(status: ProjectStatus = "active") -> Project:
    return Project(id=uuid4(), organization_id=uuid4(), name="Bot", created_at=NOW, status=status)


def milestone(place: int, amount: int | None = None) -> Milestone:
    return Milestone(
        id=uuid4(),
        organization_id=uuid4(),
        project_id=uuid4(),
        name=f"M{place}",
        due_on=None,
        amount_nanos=amount,
        place=place,
        done_at=None,
        created_at=NOW,
    )


def somebody(role: Role, kind: str = "member") -> Principal:
    return Principal(
        kind="staff" if kind == "staff" else "member",
        id=uuid4(),
        name="x",
        organization_id=uuid4(),
        permissions=permissions_of_role(role),
        role=role,
    )


@pytest.mark.parametrize("status", get_args(ProjectStatus))
def test_a_project_moves_only_to_what_follows(status: ProjectStatus) -> None:
    for wanted in get_args(ProjectStatus):
        if wanted in NEXT[status]:
            assert project(status).moved(wanted).status == wanted
        else:
            with pytest.raises(WrongState):
                project(status).moved(wanted)


@pytest.mark.parametrize(
    ("role", "here", "may", "sees"),
    [
        ("owner", None, True, True),
        ("admin", "member", True, True),
        ("member", "administrator", True, False),
        ("viewer", "administrator", True, False),
        ("member", "access_all_assistants", False, False),
        ("member", None, False, False),
    ],
)
def test_who_changes_a_project_and_who_sees_its_value(
    role: Role, here: ProjectRole | None, may: bool, sees: bool
) -> None:
    assert may_change(somebody(role), here) == may
    assert sees_value(somebody(role)) == sees
    if not may:
        with pytest.raises(Forbidden):
            require_may_change(somebody(role), here)


@pytest.mark.parametrize("role", ["owner", "member"])
def test_while_suspended_nobody_changes_a_project_and_owners_still_see_its_value(role: Role) -> None:
    suspended = somebody(role).interrupted(Interruption("suspended", "unpaid"))
    with pytest.raises(OrganizationSuspended, match="unpaid"):
        require_may_change(suspended, "administrator")
    assert sees_value(suspended) == (role == "owner")


def test_milestones_may_come_to_the_contracted_value_and_not_beyond() -> None:
    require_within(10, [milestone(1, 4), milestone(2, 6), milestone(3)])
    require_within(None, [milestone(1)])
    for limit in (9, None):
        with pytest.raises(Invalid, match="more than the contracted"):
            require_within(limit, [milestone(1, 4), milestone(2, 6)])


@pytest.mark.parametrize(("place", "index"), [(1, 0), (2, 1), (99, 2)])
def test_a_milestone_is_moved_to_a_place_within_the_ends(place: int, index: int) -> None:
    known = [milestone(1), milestone(2), milestone(3)]
    assert places(known, known[1].id, place).index(known[1].id) == index
