"""The address without a path leads to the console, and what no page answers is told as a page."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.security import public

router = APIRouter(include_in_schema=False)


@router.get("/")
@public("leads to the console, which asks to sign in")
async def to_console() -> Response:
    """To the console."""
    return RedirectResponse("/console", 307)
