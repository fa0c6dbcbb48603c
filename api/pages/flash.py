"""One message that survives the redirect after an act, and is shown once."""

import base64
import binascii
import json
from typing import NamedTuple

from fastapi import Request, Response

FLASH_COOKIE = "backoffice_flash"
_LASTS_SECONDS = 60
_LONGEST = 500


class Flash(NamedTuple):
    """What happened; `tone` is success, info, warning or danger."""

    tone: str
    text: str


def set_flash(response: Response, request: Request, text: str, tone: str = "success") -> None:
    """Has the next page show the message."""
    packed = base64.urlsafe_b64encode(json.dumps([tone, text[:_LONGEST]]).encode()).decode()
    response.set_cookie(
        FLASH_COOKIE,
        packed,
        max_age=_LASTS_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.app.state.settings.public_url.startswith("https://"),
    )


def read_flash(request: Request) -> Flash | None:
    """The message that waits, if there is one that we could have written."""
    try:
        tone, text = json.loads(base64.urlsafe_b64decode(request.cookies.get(FLASH_COOKIE, "")))
    except (ValueError, binascii.Error, TypeError):
        return None
    return Flash(str(tone), str(text)) if tone in ("success", "info", "warning", "danger") else None
