"""A load generator that costs little: keep-alive connections, requests made beforehand, answers read by length."""

import asyncio
import time
from collections.abc import Sequence


def request_bytes(path: str, key: str, body: bytes) -> bytes:
    """One POST as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
    ]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n"
    return head.encode() + body


async def drive(port: int, requests: Sequence[bytes], *, clients: int) -> tuple[float, list[bytes]]:
    """Sends every request over `clients` connections; seconds taken and the bodies of the answers."""
    waiting = list(reversed(requests))
    answers: list[bytes] = []
    began = time.perf_counter()
    await asyncio.gather(*(_client(port, waiting, answers) for _ in range(clients)))
    return time.perf_counter() - began, answers


async def _client(port: int, waiting: list[bytes], answers: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting:
        writer.write(waiting.pop())
        await writer.drain()
        answers.append(await _answer(reader))
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head[9:12]
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    if status != b"200":
        raise RuntimeError(f"{status!r}: {body[:500]!r}")
    return body
