"""Who may do what: by role, by the scopes of a key, and while an organization is suspended."""

from typing import cast

from domain.errors import Invalid
from domain.permissions import CLIENT_ROLES, MATRIX, STAFF_ROLES, Permission, Role

__all__ = ["BROAD_SCOPES", "CLIENT_ROLES", "MATRIX", "STAFF_ROLES", "Permission", "Role"]

# What is everybody's own, also of who belongs to no organization: account, sessions, archive, erasure, joining.
OF_A_PERSON: frozenset[Permission] = frozenset({"sessions:own"})
_KEPT_WHILE_SUSPENDED = frozenset(
    {
        "sessions:own",
        "keys:manage",
        "usage:write",
        "wallet:write",
        "payments:write",
        "tickets:write",
        "audit:read",
        "portal:view",
        "privacy:write",
        "deletions:request",
    }
)
# While an organization is being deleted its people look, take their data with them, pay, and may ask for it back.
_KEPT_WHILE_DELETING = _KEPT_WHILE_SUSPENDED - {"keys:manage", "usage:write", "wallet:write"}
BROAD_SCOPES: dict[str, str] = {
    "workspace:read": "everything an organization may read, but what needs an explicit grant",
    "workspace:write": "workspace:read, and what an organization may write, but for explicit grants",
    "platform:read": "staff keys: everything staff may read, but what needs an explicit grant",
    "platform:all": "staff keys: everything a staff admin may do, but what no key may",
}


def permission_named(text: str) -> Permission:
    """The permission of that name; a misspelt one is a mistake in the program.

    Raises:
        KeyError: there is no such permission.
    """
    if text not in MATRIX:
        raise KeyError(f"'{text}' is not a permission of domain/permissions.py")
    return cast("Permission", text)


def permissions_of_role(role: Role) -> frozenset[Permission]:
    """All that a role may do."""
    return frozenset(name for name, grant in MATRIX.items() if role in grant.roles)


def while_suspended(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """What is left of permissions while an organization is suspended: seeing, paying, asking for help.

    Usage is still taken: what was used before a gateway noticed is owed all the same.
    """
    return frozenset(p for p in permissions if MATRIX[p].by_key == "read" or p in _KEPT_WHILE_SUSPENDED)


def while_deleting(permissions: frozenset[Permission], *, key: bool) -> frozenset[Permission]:
    """What is left of permissions while an organization is being deleted: to people less, to keys nothing."""
    if key:
        return frozenset()
    return frozenset(p for p in permissions if MATRIX[p].by_key == "read" or p in _KEPT_WHILE_DELETING)


def grantable(*, staff: bool) -> frozenset[Permission]:
    """What a key may carry at all: for staff keys what a staff admin holds, else what an owner holds."""
    role: Role = "staff" if staff else "owner"
    return frozenset(p for p, grant in MATRIX.items() if role in grant.roles and grant.by_key != "never")


def permissions_of_scopes(scopes: tuple[str, ...], *, staff: bool) -> frozenset[Permission]:
    """What a key with these scopes may do.

    Raises:
        Invalid: a scope is unknown, or not for this kind of key.
    """
    return frozenset().union(*(_permissions_of_scope(scope, staff=staff) for scope in scopes))


def _permissions_of_scope(scope: str, *, staff: bool) -> frozenset[Permission]:
    """What one scope carries."""
    able = grantable(staff=staff)
    if scope == "platform:all" and staff:
        return able
    broad = {"workspace:read": ("read",), "workspace:write": ("read", "write"), "platform:read": ("read",)}
    if scope in broad and scope.startswith("platform:") == staff:
        return frozenset(p for p in able if MATRIX[p].by_key in broad[scope])
    narrow = frozenset(p for p in able if p == scope)
    if not narrow:
        raise Invalid(f"scopes: '{scope[:64]}' is not a scope of {'staff' if staff else 'organization'} keys")
    return narrow
