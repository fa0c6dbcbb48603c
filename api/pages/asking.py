"""What an address asks for: filters that were filled in, an organization by name or id, times in the reader's zone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request

from db import organizations
from db.engine import Tx
from domain.errors import Invalid, NotFound
from domain.ids import read, show
from domain.principal import Principal

ZONE_COOKIE = "backoffice_zone"
_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """An organization that a filter names."""

    id: UUID
    name: str

    @property
    def shown_id(self) -> str:
        """Its id at the doors."""
        return show("org", self.id)


def given(request: Request) -> dict[str, str]:
    """The filters that were filled in; an empty field of a form asks for nothing."""
    found = ((name, value.strip()) for name, value in request.query_params.items())
    return {name: value for name, value in found if value}


def zone_of(request: Request) -> ZoneInfo:
    """The reader's time zone as their browser told it, else UTC."""
    try:
        return ZoneInfo(request.cookies.get(ZONE_COOKIE, "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def today(request: Request) -> date:
    """The day that it is for the reader."""
    return datetime.now(zone_of(request)).date()


def instant(text: str, zone: ZoneInfo, field: str) -> datetime:
    """The UTC instant of a date and time field, read in the reader's zone.

    Raises:
        Invalid: it is not a time.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{field}: '{text[:40]}' is not a date and time") from None
    if not 1970 <= at.year < 2200:
        raise Invalid(f"{field}: write a time between the years 1970 and 2200")
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


async def organization_named(tx: Tx, text: str) -> Chosen:
    """The organization that somebody wrote by its name or id.

    Raises:
        Invalid: there is none, or several have that name.
    """
    if text.startswith("org_"):
        known = await organizations.get(tx, organization_id=read("org", text))
        return Chosen(known.id, known.name)
    found = await organizations.list_called(tx, name=text, limit=2)
    if len(found) == 1:
        return Chosen(found[0].id, found[0].name)
    if found:
        raise Invalid(f"organization: several are called '{text[:100]}'; give its id (org_…)")
    raise Invalid(
        f"organization: there is none called '{text[:100]}'; choose one of the list, or give its id"
    )


async def organization_asked(tx: Tx, asked: dict[str, str]) -> Chosen | None:
    """The organization that the filters name, if they name one."""
    text = asked.get("organization_id")
    return None if text is None else await organization_named(tx, text)


async def organization_visible(tx: Tx, asked: dict[str, str], principal: Principal) -> Chosen | None:
    """The organization that the filters name; else, for who sees some only, the newest of those.

    Raises:
        NotFound: they see none.
    """
    chosen = await organization_asked(tx, asked)
    if chosen is not None or principal.is_staff:
        return chosen
    found = await organizations.list_page(tx, after=None, limit=1)
    if not found:
        raise NotFound("You are not assigned to any organization yet; ask an administrator")
    return Chosen(found[0].id, found[0].name)


async def names_of(tx: Tx, shown_ids: Collection[str]) -> dict[str, str]:
    """Organizations' names by their ids at the doors."""
    found = await organizations.names(tx, organization_ids=[read("org", shown) for shown in shown_ids])
    return {show("org", identifier): name for identifier, name in found.items()}


async def organizations_offered(tx: Tx) -> list[str]:
    """The names that a filter offers while one types; of very many only the newest."""
    found = await organizations.list_page(tx, after=None, limit=_OFFERED)
    return sorted({organization.name for organization in found})
