"""A change must come from our own pages: what browsers say of where a request began, beside the token it carries."""

from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from domain.principal import CsrfRefused
from gateways.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"same-origin", "none"})


async def refuse_foreign_form(request: Request) -> None:
    """The same as a dependency, for doors that need no session.

    Raises:
        CsrfRefused: another site made the browser send it.
    """
    refuse_foreign(request)


def refuse_foreign(request: Request) -> None:
    """Refuses a change that another site made the browser send; programs, which send no such header, pass.

    Raises:
        CsrfRefused: it was.
    """
    if request.method in SAFE_METHODS:
        return
    began = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = (
        began not in _OURS if began is not None else origin is not None and not _is_ours(request, origin)
    )
    if foreign:
        raise CsrfRefused("Another site asked for this. Open the page itself and try again")


OwnSite = Depends(refuse_foreign_form)


def _is_ours(request: Request, origin: str) -> bool:
    """Whether an origin is this installation, as it is called or as it is known."""
    settings: Settings = request.app.state.settings
    ours = {request.headers.get("host", ""), urlsplit(settings.public_url).netloc}
    try:
        return urlsplit(origin).netloc in ours
    except ValueError:
        return False
