"""A ZIP that is written as it grows and handed on a megabyte at a time: its size costs no memory."""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import override

from domain.portable import json_text

CHUNK_BYTES = 1_000_000
MANIFEST = "manifest.json"
Pieces = AsyncIterator[bytes]
Keep = Callable[[int, bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class File:
    """One file to be put in: its name, what it is, and its content in pieces."""

    name: str
    title: str
    pieces: Pieces


class _Pipe(io.RawIOBase):
    """What zipfile writes into; it cannot be read or rewound."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    @override
    def writable(self) -> bool:
        return True

    @override
    def close(self) -> None:
        """Stays open: it is memory, and a ZIP that was given up ends itself when both are collected, in any order."""

    @override
    def write(self, data: Any, /) -> int:
        self.waiting += data
        return len(data)


@dataclass
class Archive:
    """A ZIP under way; `keep` takes its chunks by number. `size_bytes` and `sha256` are of what was handed on."""

    keep: Keep
    made_at: datetime
    size_bytes: int = 0
    chunks: int = 0
    manifest: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __post_init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> bytes:
        """The hash of everything handed on so far."""
        return self._digest.digest()

    async def add(self, file: File) -> None:
        """Puts a file in; afterwards the manifest knows its size and hash."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._info(file.name), "w", force_zip64=True) as entry:
            async for piece in file.pieces:
                digest.update(piece)
                size += len(piece)
                # Compressing is work for a processor: other steps of this worker go on meanwhile.
                await asyncio.to_thread(entry.write, piece)
                await self._hand_on(CHUNK_BYTES)
        facts = {"name": file.name, "what": file.title, "bytes": size, "sha256": digest.hexdigest()}
        self.manifest.append(facts)

    async def close(self, **about: object) -> None:
        """Puts the manifest in as the last file and hands on what is left."""
        facts = {**about, "made_at": self.made_at.isoformat(timespec="seconds"), "files": self.manifest}
        self._zip.writestr(self._info(MANIFEST), json_text(facts))
        self._zip.close()
        await self._hand_on(1)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self.made_at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info

    async def _hand_on(self, least: int) -> None:
        """Keeps what has gathered, in whole chunks; the last one may be shorter."""
        waiting = self._pipe.waiting
        while len(waiting) >= least:
            content = bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
            await self.keep(self.chunks, content)
            self._digest.update(content)
            self.chunks += 1
            self.size_bytes += len(content)
