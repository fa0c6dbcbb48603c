"""The API as a process, and its description as a document."""

import json

import uvicorn

from api.app import create_app
from cli.entrance import settings
from gateways import logs

STOP_SECONDS = 10


def serve() -> None:
    """Serve until told to stop; requests in flight get ten seconds to end."""
    told = settings()
    logs.configure(told.log_level, told.log_format)
    uvicorn.run(
        create_app(told),
        host=told.api_host,
        port=told.api_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=told.strict,
    )


def openapi_document() -> str:
    """The OpenAPI document as JSON with two spaces."""
    return json.dumps(create_app(settings()).openapi(), indent=2)
