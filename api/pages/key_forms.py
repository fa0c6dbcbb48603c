"""Forms and facts of API keys, the same in console and portal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.api_key_shapes import FreshKey, NewKey, ShownKey
from api.instants import end_of
from api.pages.render import block, page
from api.paging import Page
from api.security import Principal
from db import projects
from db.engine import Tx
from domain.api_key import PUBLISHABLE_SCOPES
from domain.errors import Invalid
from domain.ids import show
from domain.roles import grantable
from domain.scope_groups import broad_choices, narrow_groups

_OVERLAPS = (("0", "At once"), ("3600", "1 hour"), ("86400", "1 day"), ("604800", "7 days"))
_SOON = timedelta(days=14)
_MOST_PROJECTS = 200


class KeyForm(BaseModel):
    """A key to be made, as the form sends it."""

    name: str = Field(max_length=400)
    scopes: list[str] = Field(default_factory=list, max_length=60)
    environment: Literal["live", "test"] = "live"
    expires_on: date | None = None
    project_id: str | None = Field(None, max_length=64)

    def asked(self) -> NewKey:
        """The same for the door.

        Raises:
            Invalid: no scope is chosen.
        """
        if not self.scopes:
            raise Invalid("scopes: choose at least one")
        return NewKey(
            name=self.name,
            scopes=self.scopes,
            environment=self.environment,
            expires_at=end_of(self.expires_on),
            project_id=self.project_id,
        )


class PublishableForm(BaseModel):
    """A publishable key to be made; `origins` one in each line."""

    name: str = Field(max_length=400)
    origins: str = Field(max_length=8000)
    expires_on: date | None = None

    def asked(self) -> NewKey:
        """The same for the door."""
        return NewKey(
            name=self.name,
            scopes=list(PUBLISHABLE_SCOPES),
            expires_at=end_of(self.expires_on),
            kind="publishable",
            origins=self.origins.split()[:40],
        )


def secret_page(request: Request, fresh: FreshKey, *, back: str) -> Response:
    """The secret, in this one answer and nowhere else."""
    facts: dict[str, Any] = {"key": fresh, "back": back}
    if request.headers.get("hx-request") == "true":
        return block(request, "api_keys/secret.html", "secret", **facts)
    return page(request, "api_keys/secret.html", **facts)


async def key_facts(
    tx: Tx, found: Page[ShownKey], principal: Principal, organization_id: UUID | None
) -> dict[str, Any]:
    """What a list of keys and its forms show; without an organization they are the staff's."""
    staff = organization_id is None
    return {
        "found": found,
        "broad": broad_choices(staff=staff),
        "narrow": narrow_groups(grantable(staff=staff) & principal.permissions),
        "overlaps": _OVERLAPS,
        "soon": datetime.now(UTC) + _SOON,
        "projects": {} if organization_id is None else await project_names(tx, organization_id),
    }


async def project_names(tx: Tx, organization_id: UUID) -> dict[str, str]:
    """Names of an organization's projects by id."""
    found = await projects.list_page(tx, organization_id=organization_id, after=None, limit=_MOST_PROJECTS)
    return {show("prj", project.id): project.name for project in found}
