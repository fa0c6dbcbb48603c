"""What a key that is narrowed to one project can be given: only what has a project, so that none reaches beyond it."""

from collections.abc import Sequence

from domain.errors import Forbidden, Invalid
from domain.permissions import Permission
from domain.principal import Principal
from domain.roles import permissions_of_scopes

# Doors that ask for one of these show and change, to such a key, what belongs to its project.
ABOUT_PROJECT: frozenset[Permission] = frozenset(
    {
        "usage:read",
        "usage:write",
        "payloads:read",
        "projects:read",
        "projects:write",
        "providers:read",
        "providers:write",
        "widget:chat",
    }
)


def require_about_project(scopes: Sequence[str]) -> None:
    """Refuses scopes that reach beyond a project, for a key of one.

    Raises:
        Invalid: with those that do, and those that can be given.
    """
    beyond = sorted(set(scopes) - ABOUT_PROJECT)
    if beyond:
        given = ", ".join(sorted(ABOUT_PROJECT))
        raise Invalid(f"scopes: {beyond[0][:64]} reaches beyond one project; a key of one takes {given}")


def scopes_about_project(scopes: Sequence[str]) -> tuple[str, ...]:
    """The same scopes of a key of one project by name, without what reaches beyond it.

    Raises:
        Invalid: nothing is left.
    """
    kept = permissions_of_scopes(tuple(scopes), staff=False) & ABOUT_PROJECT
    if not kept:
        require_about_project(scopes)
    return tuple(sorted(kept))


def require_whole_organization(principal: Principal) -> None:
    """Refuses what is about the whole organization to a key of one of its projects.

    Raises:
        Forbidden: it is one.
    """
    if principal.project_id is not None:
        raise Forbidden("This key is narrowed to one project; use one of the whole organization")
