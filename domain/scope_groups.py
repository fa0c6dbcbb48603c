"""What a key can be given, grouped as people think of it, and which grants deserve a second thought."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.project_scopes import ABOUT_PROJECT
from domain.roles import BROAD_SCOPES, MATRIX, Permission, Role

_NOUNS: dict[str, tuple[str, ...]] = {
    "Usage and analytics": ("usage", "payloads", "costs", "quarantine", "prices"),
    "Wallet, invoices and payments": (
        "wallet",
        "gifts",
        "invoices",
        "payments",
        "billing",
        "settlements",
        "books",
    ),
    "Organization, people and projects": (
        "organizations",
        "members",
        "departments",
        "projects",
        "settings",
        "privacy",
        "audit",
    ),
    "Bots": ("bots", "memory", "collected-data", "widget", "providers"),
    "Tickets and files": ("tickets", "files"),
    "Events": ("webhook-endpoints", "webhooks", "outbox"),
}
_REST = "Operations"
_ACCESS = "Access"
_BROAD_AND_SENSITIVE = frozenset({"workspace:write", "platform:all"})
_PLAIN = {
    "workspace:read": "read everything in the organization but what is marked sensitive",
    "workspace:write": "read and change everything in the organization but what is marked sensitive",
    "platform:read": "read everything of every organization but what is marked sensitive",
    "platform:all": "everything that a staff admin may do, but what no key may",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One scope; `sensitive` ones read what people said, or change what costs money or opens doors.

    A key that is narrowed to one project takes only those that are `about_project`.
    """

    scope: str
    meaning: str
    sensitive: bool

    @property
    def about_project(self) -> bool:
        """Whether a key of one project can carry it."""
        return self.scope in ABOUT_PROJECT


@dataclass(frozen=True, slots=True)
class Group:
    """Scopes about the same things."""

    label: str
    choices: tuple[Choice, ...]


def broad_choices(*, staff: bool) -> tuple[Choice, ...]:
    """The scopes that carry many permissions at once."""
    head = "platform:" if staff else "workspace:"
    found = (scope for scope in BROAD_SCOPES if scope.startswith(head))
    return tuple(Choice(scope, _PLAIN[scope], scope in _BROAD_AND_SENSITIVE) for scope in found)


def narrow_groups(able: Iterable[Permission]) -> tuple[Group, ...]:
    """The scopes of one permission each, of those that may be given, in groups that are not empty."""
    given = frozenset(able)
    grouped: dict[str, list[Choice]] = {label: [] for label in (*_NOUNS, _REST)}
    for name, grant in MATRIX.items():
        if name in given:
            grouped[_label_of(name)].append(Choice(name, grant.meaning, grant.by_key == "explicit"))
    return tuple(Group(label, tuple(choices)) for label, choices in grouped.items() if choices)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One thing that people may do, and which roles may."""

    meaning: str
    roles: frozenset[Role]


def role_groups() -> tuple[tuple[str, tuple[RoleRow, ...]], ...]:
    """What the roles of an organization may do, in groups; what is for staff alone is left out."""
    grouped: dict[str, list[RoleRow]] = {label: [] for label in (*_NOUNS, _ACCESS)}
    for name, grant in MATRIX.items():
        if not grant.staff_only:
            label = _label_of(name)
            grouped[_ACCESS if label == _REST else label].append(RoleRow(grant.meaning, grant.roles))
    return tuple((label, tuple(rows)) for label, rows in grouped.items() if rows)


def _label_of(permission: Permission) -> str:
    noun = permission.partition(":")[0]
    return next((label for label, nouns in _NOUNS.items() if noun in nouns), _REST)
