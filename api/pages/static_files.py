"""The door of the vendored files; their address changes with their content, so they never go stale."""

from fastapi import APIRouter, Request, Response

from api.pages.assets import PREFIX, assets
from api.security import public
from domain.errors import NotFound

router = APIRouter(prefix=PREFIX, include_in_schema=False)
_FOREVER = "public, max-age=31536000, immutable"


@router.get("/{digest}/{name:path}")
@public("scripts and styles, the same for everybody")
async def get(digest: str, name: str, request: Request) -> Response:
    """A file of the console."""
    asset = assets().get(name)
    if asset is None or asset.digest != digest:
        raise NotFound("There is no such file")
    headers = {"Cache-Control": _FOREVER, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media_type
        )
    return Response(asset.body, headers=headers, media_type=asset.media_type)
