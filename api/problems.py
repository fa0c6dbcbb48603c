"""Every error answer in one form: RFC 9457 problem+json with a stable code and the request's id."""

from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.logged import logged_path
from api.request_id import request_id_of
from domain.errors import BadIdentifier, Refusal
from domain.principal import OrganizationSuspended
from gateways.errors import Unavailable

log = structlog.get_logger(__name__)

STATUS_BY_CODE = {
    "refused": 422,
    "invalid": 422,
    "bad_signature": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "invite_over": 410,
    "insufficient_funds": 402,
    "period_not_ended": 409,
    "period_not_begun": 409,
    "too_large": 413,
    "too_many_attempts": 429,
    "unavailable": 503,
    "internal": 500,
}
CODE_BY_STATUS = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "too_large",
}
MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One thing wrong with the request, and what to do about it."""

    field: str = Field(description="Where: `body.currency`, `query.limit`, `body.0.id`")
    code: str = Field(description="Stable kind of fault, for example `missing`")
    detail: str = Field(description="The remedy in words")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:backoffice:problem:not_found"])
    title: str
    status: int
    code: str = Field(description="Stable; programs decide by it")
    detail: str
    request_id: str = Field(description="Quote it when asking for help; it is in our logs")
    errors: list[FieldError] | None = None


def status_of(refusal: Refusal) -> int:
    """The status of a refusal: its own code's, else that of the nearest parent in the table."""
    for kind in type(refusal).__mro__:
        status = STATUS_BY_CODE.get(getattr(kind, "code", ""))
        if status is not None:
            return status
    return 422


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **facts: object,
) -> JSONResponse:
    """A problem+json answer; `facts` become members beside the code."""
    content: dict[str, Any] = {
        "type": f"urn:backoffice:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id_of(request.scope),
    }
    extra = {name: value for name, value in facts.items() if name not in content}
    return JSONResponse({**content, **extra}, status, headers, media_type=MEDIA_TYPE)


def wait_of(refusal: Refusal) -> dict[str, str]:
    """The header that says when to come again, where a refusal says so."""
    seconds = refusal.facts.get("retry_after_seconds")
    return {} if seconds is None else {"Retry-After": str(seconds)}


async def answer_refusal(request: Request, error: Exception) -> JSONResponse:
    """A rule said no."""
    error = cast("Refusal", error)
    if isinstance(error, BadIdentifier) and _in_path(request, error):
        return problem(request, 404, "not_found", error.detail)
    facts = dict(error.facts)
    if isinstance(error, OrganizationSuspended):
        facts["billing_url"] = f"{request.app.state.settings.public_url}/portal/invoices"
    status = status_of(error)
    headers = {"WWW-Authenticate": 'Bearer realm="backoffice"'} if status == 401 else {}
    headers |= wait_of(error)
    return problem(request, status, error.code, error.detail, headers=headers, **facts)


async def answer_validation(request: Request, error: Exception) -> JSONResponse:
    """The request does not have the form the route asks for: every fault with its field."""
    error = cast("RequestValidationError", error)
    faults = [
        FieldError(field=_field(fault["loc"]), code=fault["type"], detail=fault["msg"])
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault.field}: {fault.detail}" for fault in faults[:3])
    if len(faults) > 3:
        detail += f"; and {len(faults) - 3} more"
    return problem(request, 422, "invalid", detail, errors=[fault.model_dump() for fault in faults])


async def answer_http(request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses by itself: unknown path, wrong method, a body that cannot be read."""
    error = cast("HTTPException", error)
    code = CODE_BY_STATUS.get(error.status_code) or HTTPStatus(error.status_code).name.lower()
    detail = {
        404: f"There is nothing at {request.url.path}",
        405: f"{request.method} is not possible at {request.url.path}",
    }.get(error.status_code, str(error.detail))
    return problem(request, error.status_code, code, detail, headers=dict(error.headers or {}))


async def answer_unavailable(request: Request, error: Exception) -> JSONResponse:
    """Something outside did not answer; the same request may succeed later."""
    error = cast("Unavailable", error)
    wait = str(int(error.retry_after_seconds or 5))
    return problem(request, 503, "unavailable", error.detail, headers={"Retry-After": wait})


async def answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    """A mistake of ours: logged with its trace, answered without it."""
    log_unexpected(request, error)
    return problem(
        request, 500, "internal", "Something went wrong on our side; it is logged under this request id"
    )


def log_unexpected(request: Request, error: Exception) -> None:
    """Writes a mistake of ours down with its trace."""
    log.error("request failed", path=logged_path(request.url.path), method=request.method, exc_info=error)


def install(app: FastAPI) -> None:
    """Registers the answers."""
    app.add_exception_handler(Refusal, answer_refusal)
    app.add_exception_handler(Unavailable, answer_unavailable)
    app.add_exception_handler(RequestValidationError, answer_validation)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(Exception, answer_unexpected)


def _in_path(request: Request, error: BadIdentifier) -> bool:
    """Whether the malformed identifier stood in the path, where it names nothing, and not in the body."""
    return any(f"'{str(value)[:64]}'" in error.detail for value in request.path_params.values())


def _field(location: tuple[int | str, ...]) -> str:
    """`("body", 0, "id")` → `body.0.id`."""
    return ".".join(str(part) for part in location)
