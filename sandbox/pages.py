"""What all pages share: templates, a strict content security policy, no posting from other sites."""

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {}"
# Stripe's zero-decimal currencies (docs.stripe.com/currencies#zero-decimal).
_WITHOUT_CENTS = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def _money(amount_minor: int, currency: str) -> str:
    if currency in _WITHOUT_CENTS:
        return f"{amount_minor:,} {currency.upper()}"
    return f"{amount_minor / 100:,.2f} {currency.upper()}"


def _moment(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def render(template: str, *, status: int = 200, returns_to: str | None = None, **facts: Any) -> HTMLResponse:
    """A page; `returns_to` is the address its form may lead to besides this server."""
    origins = "'self'"
    if returns_to:
        parts = urlsplit(returns_to)
        origins += f" {parts.scheme}://{parts.netloc}"
    headers = {"content-security-policy": _POLICY.format(origins)}
    return HTMLResponse(
        _TEMPLATES.get_template(template).render(money=_money, moment=_moment, **facts), status, headers
    )


class GuardPages:
    """Refuses posts that another site's page makes, and forbids framing and sniffing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith("/sandbox"):
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")
        url = URL(scope=scope)
        if scope["method"] != "GET" and origin not in (None, f"{url.scheme}://{url.netloc}"):
            refusal = JSONResponse({"error": {"message": "Posts from other sites are refused."}}, 403)
            await refusal(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
                headers.setdefault("content-security-policy", _POLICY.format("'self'"))
            await send(message)

        await self.app(scope, receive, send_guarded)
