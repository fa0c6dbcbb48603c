"""The API as a process, and its description as a document."""

import gc
import json

import uvicorn

from api.app import create_app
from cli.entrance import settings
from cli.wire import Protocol
from gateways import logs

STOP_SECONDS = 10
# Longer than callers keep a quiet connection for their next request (nginx and AWS's balancers 60 s, Go 90 s): whoever hangs
# up first must be the caller, or a report of usage meets a closed door and is not repeated by itself.
KEEP_ALIVE_SECONDS = 95


def serve() -> None:
    """Serve until told to stop; requests in flight get ten seconds to end."""
    told = settings()
    logs.configure(told.log_level, told.log_format)
    app = create_app(told)
    settle()
    uvicorn.run(
        app,
        host=told.api_host,
        port=told.api_port,
        loop="uvloop",
        http=Protocol,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=told.strict,
    )


def settle() -> None:
    """What was loaded until now stays: the collector of garbage no longer walks it, so its pauses are short."""
    gc.collect()
    gc.freeze()


def openapi_document() -> str:
    """The OpenAPI document as JSON with two spaces."""
    return json.dumps(create_app(settings()).openapi(), indent=2)
