"""A page, or the part of it that htmx asks for, with headers that let nothing foreign run.

A template wraps what may be replaced in `<div id="rows">{% block rows %}…{% endblock %}</div>`. When htmx asks
with that element as its target, only the block of the same name is rendered.
"""

import secrets
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import QueryParams

from api.pages import formats
from api.pages.assets import asset_url, icon
from api.pages.flash import FLASH_COOKIE, read_flash
from api.pages.menu import frame_for, is_current
from domain.principal import Principal
from domain.user import SignedIn

THEME_COOKIE = "backoffice_theme"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "HX-Request, Cookie",
}


@cache
def _environment() -> Environment:
    """The templates, which escape everything and refuse a misspelt name."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(formats.FILTERS)
    ours: dict[str, Any] = {
        "asset": asset_url,
        "icon": icon,
        "is_current": is_current,
        "form_id": _form_id,
        "query_with": query_with,
    }
    found.globals.update(ours)
    return found


def page(request: Request, template: str, *, status: int = 200, **facts: object) -> Response:
    """The template as an answer: whole, or the one block that htmx asks for."""
    wanted = _block_wanted(request)
    facts |= _surroundings(request)
    if wanted and wanted in _environment().get_template(template).blocks:
        return _answer(_rendered(template, wanted, facts), status)
    response = _answer(_environment().get_template(template).render(**facts), status)
    if FLASH_COOKIE in request.cookies:
        response.delete_cookie(FLASH_COOKIE, path="/")
    return response


def block(request: Request, template: str, name: str, *, status: int = 200, **facts: object) -> Response:
    """One block of a template as an answer."""
    return _answer(block_text(request, template, name, **facts), status)


def block_text(request: Request, template: str, name: str, **facts: object) -> str:
    """One block of a template as HTML, for example as the data of a server-sent event."""
    return _rendered(template, name, facts | _surroundings(request))


def _rendered(template: str, name: str, facts: dict[str, object]) -> str:
    """One block of a template, with the macros that the template imports for all of its blocks."""
    found = _environment().get_template(template)
    context = found.new_context(facts)
    # The template's top level runs until its parent's first output; its imports are in the context by then.
    next(found.root_render_func(context), None)
    return "".join(found.blocks[name](context))


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") == "partial"


def _block_wanted(request: Request) -> str | None:
    """The id of the element that htmx will fill."""
    if not is_partial(request):
        return None
    return request.headers.get("hx-target", "").partition("#")[2] or None


def _surroundings(request: Request) -> dict[str, object]:
    """What every page shows around its own content."""
    signed_in = cast("SignedIn | None", getattr(request.state, "signed_in", None))
    principal = cast("Principal | None", getattr(request.state, "principal", None))
    theme = request.cookies.get(THEME_COOKIE)
    return {
        "path": request.url.path,
        "query": request.query_params,
        "me": signed_in.user if signed_in else None,
        "csrf": signed_in.session.csrf_token if signed_in else "",
        "can": principal.can if principal else _nothing,
        "frame": frame_for(principal) if principal and signed_in else None,
        "own_organization": signed_in.organization_name if signed_in else "",
        "own_id": principal.organization_id if principal else None,
        "belongings": signed_in.belongings if signed_in else (),
        "interruption": principal.interruption if principal else None,
        "theme": theme if theme in ("light", "dark") else None,
        "flash": read_flash(request),
        "development": not request.app.state.settings.strict,
    }


def query_with(query: QueryParams, **changed: str | None) -> str:
    """The present address's query with some values changed; None takes one out."""
    kept = [(name, value) for name, value in query.multi_items() if name not in changed and value]
    return urlencode(kept + [(name, value) for name, value in changed.items() if value is not None])


def _form_id() -> str:
    """The name of one form as it was shown once."""
    return secrets.token_urlsafe(16)


def _nothing(permission: str) -> bool:
    """What somebody who is not signed in may do."""
    return not permission


def _answer(html: str, status: int) -> Response:
    return Response(html, status, _HEADERS, media_type="text/html; charset=utf-8")
