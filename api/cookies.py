"""The cookies of sign-in: none readable by scripts, none sent by other sites, all bound to this very host.

Over https their names begin with `__Host-`, so that no neighbouring subdomain can set them; on a development
machine, without https, browsers would refuse that name.
"""

from starlette.requests import Request
from starlette.responses import Response

from domain.user import SESSION_LASTS
from gateways.settings import Settings

SESSION_COOKIE = "backoffice_session"
DEVICE_COOKIE = "backoffice_device"
_DEVICE_LASTS_SECONDS = 400 * 24 * 3600


def cookie_name(settings: Settings, name: str) -> str:
    """The cookie's whole name at this installation."""
    return f"__Host-{name}" if settings.public_url.startswith("https://") else name


def read_cookie(request: Request, name: str) -> str:
    """What the browser holds under that name, or nothing."""
    return request.cookies.get(cookie_name(_settings(request), name), "")


def write_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int) -> None:
    """Has the browser hold `value` for so many seconds."""
    settings = _settings(request)
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=settings.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Has the browser forget it."""
    write_cookie(request, response, name, "", seconds=0)


def write_session(request: Request, response: Response, token: str) -> None:
    """Hands the session to the browser."""
    write_cookie(request, response, SESSION_COOKIE, token, seconds=int(SESSION_LASTS.total_seconds()))


def write_device(request: Request, response: Response, token: str) -> None:
    """Has the browser remember that somebody signed in with it; opens nothing by itself."""
    write_cookie(request, response, DEVICE_COOKIE, token, seconds=_DEVICE_LASTS_SECONDS)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings
