"""The printed permission table: who may do what, which key scopes carry it, and what each route needs."""

from collections.abc import Iterable

from fastapi import FastAPI

from api.openapi import doors
from domain.project_scopes import ABOUT_PROJECT
from domain.roles import BROAD_SCOPES, CLIENT_ROLES, MATRIX, STAFF_ROLES, Role

_INTRODUCTION = """# Permissions

Generated from `domain/permissions.py` and the routes by `backoffice admin permissions --out docs/permissions.md`;
a test holds this page equal to the code, and another walks every route as every one of these people.

People of an organization see that organization only; another organization's thing is 404. Staff see all.
A permission that no client role holds is for staff only: no organization key can carry it.
"""
_SCOPES = """## API keys

A narrow scope is the name of a permission. *read* and *write* below say which broad scope carries a permission,
*explicit* that a key has it only when it is named, *never* that no key has it. Staff keys take `platform:*`
and narrow scopes of what a staff admin holds; organization keys `workspace:*` and what an owner holds.

A key that is narrowed to one project takes only scopes about a project, by name: {about}.
What reaches beyond it is refused when the key is made, and not granted to keys that were made before.
"""


def permission_table(app: FastAPI) -> str:
    """The page as Markdown."""
    return "\n".join(
        (
            _INTRODUCTION,
            *_people(),
            "",
            _SCOPES.format(about=_about_project()),
            *_scopes(),
            "",
            *_routes(app),
            "",
        )
    )


def _people() -> Iterable[str]:
    """One row for each permission."""
    roles: tuple[Role, ...] = (*CLIENT_ROLES, *STAFF_ROLES)
    yield "## People"
    yield ""
    yield f"| permission | meaning | {' | '.join(roles)} | by key |"
    yield f"|---|---|{':-:|' * len(roles)}---|"
    for name, grant in MATRIX.items():
        marks = " | ".join("●" if role in grant.roles else "" for role in roles)
        yield f"| `{name}` | {grant.meaning} | {marks} | {grant.by_key}{' (staff keys)' if grant.staff_only else ''} |"


def _scopes() -> Iterable[str]:
    """One row for each broad scope."""
    yield "| broad scope | carries |"
    yield "|---|---|"
    for scope, meaning in BROAD_SCOPES.items():
        yield f"| `{scope}` | {meaning} |"


def _about_project() -> str:
    """The scopes that a key of one project takes."""
    return ", ".join(f"`{name}`" for name in MATRIX if name in ABOUT_PROJECT)


def _routes(app: FastAPI) -> Iterable[str]:
    """One row for each route."""
    yield "## Routes"
    yield ""
    yield "| route | needs |"
    yield "|---|---|"
    for door in sorted(doors(app), key=lambda door: (door.path, door.method)):
        needed = ", ".join(f"`{name}`" for name in door.permissions) or f"nothing: {door.public}"
        yield f"| `{door.method} {door.path}` | {needed} |"
