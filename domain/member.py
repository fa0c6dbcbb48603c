"""Who may do what to whom inside an organization, and what each role means in plain words."""

from typing import ClassVar

from domain.errors import Conflict, Forbidden
from domain.principal import Principal

ROLE_MEANINGS = {
    "owner": "runs everything: people, keys, payments and the organization itself",
    "admin": "runs people, projects, keys and settings, but not the owners",
    "member": "works with projects, usage and files",
    "viewer": "looks at projects, usage and invoices, and changes nothing",
}
STAFF_MEANINGS = {
    "admin": "runs the whole back office",
    "contractor": "works for the clients they are assigned to",
}


class LastOwner(Conflict):
    """The organization would be left without an owner."""

    code: ClassVar[str] = "last_owner"


class LastAdmin(Conflict):
    """The house would be left without a staff admin who can sign in."""

    code: ClassVar[str] = "last_admin"


def require_may_grant(principal: Principal, role: str) -> None:
    """Refuses to name or touch an owner to who is neither an owner nor of the staff.

    Raises:
        Forbidden: they may not.
    """
    if role == "owner" and not (principal.is_staff or principal.role == "owner"):
        raise Forbidden("Only an owner may name, change or remove an owner; ask one of them")


def require_owner_left(owners: int, *, before: str, after: str | None) -> None:
    """Refuses to take the last owner away; `owners` are those there are, `after` is None when one goes.

    Raises:
        LastOwner: they are the last.
    """
    if before == "owner" and after != "owner" and owners <= 1:
        raise LastOwner("This is the last owner: make somebody else an owner first")


def require_admin_left(admins: int, *, losing: bool) -> None:
    """Refuses to take the last staff admin away.

    Raises:
        LastAdmin: they are the last.
    """
    if losing and admins <= 1:
        raise LastAdmin("This is the last staff admin: name another one first")
