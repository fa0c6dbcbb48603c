"""Answers over the wire: whole, in order, and a short one in one packet."""

import asyncio

from starlette.types import Receive, Scope, Send
from typing_extensions import override

from cli.wire import _Gathering
from tests.serving import listening, serving

_REQUEST = b"GET /%s HTTP/1.1\r\nHost: x\r\n%s\r\n"


async def slowly(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with its path; `/parts` in two parts, the second half a second later."""
    path = scope["path"].encode()
    length = [(b"content-length", str(len(path)).encode())] if path != b"/parts" else []
    await send({"type": "http.response.start", "status": 200, "headers": length})
    if path == b"/parts":
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": path})


async def test_what_is_written_in_one_turn_is_sent_at_once_and_nothing_after_the_end() -> None:
    sent = Sent()
    gathering = _Gathering(sent, asyncio.get_running_loop())
    gathering.write(b"head ")
    gathering.write(b"body")
    assert sent.writes == []
    await asyncio.sleep(0)
    assert sent.writes == [b"head body"]
    gathering.write(b"last")
    gathering.close()
    gathering.write(b"too late")
    await asyncio.sleep(0)
    assert sent.writes == [b"head body", b"last"]


class Sent(asyncio.Transport):
    """Remembers what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    @override
    def close(self) -> None:
        self.closed = True

    @override
    def is_closing(self) -> bool:
        return self.closed


async def test_requests_sent_together_are_answered_in_their_order_and_the_last_ends_the_connection() -> None:
    with listening() as (bound, _):
        async with serving(slowly, bound):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            for path in (b"one", b"two"):
                writer.write(_REQUEST % (path, b""))
            writer.write(_REQUEST % (b"three", b"Connection: close\r\n"))
            whole = await reader.read()
            writer.close()
    assert [whole.count(b"HTTP/1.1 200 OK"), whole.endswith(b"/three")] == [3, True]
    assert whole.index(b"/one") < whole.index(b"/two") < whole.index(b"/three")


async def test_the_first_part_of_an_answer_does_not_wait_for_the_next() -> None:
    with listening() as (bound, _):
        async with serving(slowly, bound):
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            writer.write(_REQUEST % (b"parts", b"Connection: close\r\n"))
            first = await reader.readuntil(b"first")
            rest = await reader.read()
            writer.close()
    assert b"/parts" not in first
    assert b"/parts" in rest
