"""The OpenAPI document, for programs that generate clients."""

from typing import Any

from fastapi import Request

from api.routing import new_router
from api.security import public

router = new_router(tag="operations")


@router.get("/openapi.json")
@public("describes the doors; holds no data")
async def openapi(request: Request) -> dict[str, Any]:
    """This API's description."""
    document: dict[str, Any] = request.app.openapi()
    return document
