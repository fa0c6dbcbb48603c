"""Loopback counterparts for the tests of mail: an HTTP server that keeps what it gets, and certificates."""

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to every request."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Waiting(ThreadingHTTPServer):
    """Is closed when its answers under way have ended, so that none outlives its test."""

    daemon_threads = False


class HttpSink:
    """An HTTP server on a free loopback port; gives `answer` to every POST and keeps the requests."""

    def __init__(self) -> None:
        self.answer = Answer(202)
        self.requests: list[Request] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink.take(self)

            @override
            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = Waiting(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep the request and answer it."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.requests.append(Request(handler.path, dict(handler.headers), body))
        time.sleep(self.answer.delay_seconds)
        handler.send_response(self.answer.status)
        for name, value in {**self.answer.headers, "Content-Length": str(len(self.answer.body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.answer.body)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@asynccontextmanager
async def answering(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[int]:
    """A server of streams on a free loopback port; none of its connections outlives it. Gives the port."""
    writers: list[asyncio.StreamWriter] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for writer in writers:
                writer.transport.abort()
                with suppress(OSError):
                    await writer.wait_closed()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a fresh certificate for 127.0.0.1, and a client's that trusts only it."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, SHA256())
    pem = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + signed.public_bytes(Encoding.PEM))
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    return server_side, ssl.create_default_context(cadata=signed.public_bytes(Encoding.PEM).decode())
