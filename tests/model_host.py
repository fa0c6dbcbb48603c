"""A provider of models on this machine: it knows some keys, lists its models, and can behave badly."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from typing_extensions import override

Way = Literal[
    "usual",
    "limited",
    "no_credit",
    "broken",
    "elsewhere",
    "missing",
    "page",
    "huge",
    "blames",
    "packed",
    "silent",
]
MODELS = json.dumps({"data": [{"id": "small"}, {"id": "large"}]}).encode()
_PLAIN: dict[Way, tuple[int, bytes, dict[str, str]]] = {
    "limited": (429, b"{}", {"Retry-After": "60"}),
    "no_credit": (402, b"{}", {}),
    "broken": (500, b"<h1>oops</h1>", {}),
    "elsewhere": (302, b"", {"Location": "/caught"}),
    "missing": (404, b"{}", {}),
    "page": (200, b"<!doctype html><title>Welcome</title>", {"Content-Type": "text/html"}),
    "huge": (200, b"[" + b"1," * 1_500_000 + b"1]", {}),
    "blames": (400, b'{"error": {"message": "API key not valid. Please pass a valid API key."}}', {}),
    "packed": (200, b"\x1f\x8b\x08\x00", {"Content-Encoding": "gzip"}),
}


@dataclass
class ModelHost:
    """Where it is, the keys it accepts, how it behaves, and what it was asked."""

    url: str
    keys: set[str] = field(default_factory=set[str])
    way: Way = "usual"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append((handler.path, headers))
        if self.way == "silent":
            self.closing.wait()
        status, body, more = _PLAIN.get(self.way) or self._usual(headers)
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Set-Cookie": "who=you", **more}.items():
            handler.send_header(name, value)
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except ConnectionError:  # it was too much for whoever asked
            handler.close_connection = True

    def _usual(self, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        names = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
        given = next((headers[name] for name in names if name in headers), "").removeprefix("Bearer ")
        return (200, MODELS, {}) if given in self.keys else (401, b'{"error": "no"}', {})


@contextmanager
def serving() -> Iterator[ModelHost]:
    """A host until the block ends."""
    host = ModelHost("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.answer(self)

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # closed when its answers under way have ended
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        host.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
