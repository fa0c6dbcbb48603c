"""Free loopback ports, claimed so that two supervisors starting at once never choose the same one."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import TextIO


class PortTaken(Exception):
    """A port that was asked for by number is in use."""


class Ports:
    """Ports claimed by this process until it ends; a claim is a locked file: a killed process keeps none."""

    def __init__(self) -> None:
        self._claims: list[TextIO] = []
        self._folder = Path(tempfile.gettempdir()) / f"backoffice-ports-{os.getuid()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def claim(self, usual: int) -> int:
        """The usual port, or any free one when it is taken."""
        if self._take(usual):
            return usual
        for _ in range(100):
            port = _any_free()
            if self._take(port):
                return port
        raise PortTaken("no free loopback port was found; close some programs and start again")

    def insist(self, port: int) -> int:
        """Exactly this port.

        Raises:
            PortTaken: when something else listens on it.
        """
        if not self._take(port):
            raise PortTaken(f"port {port} is taken; stop what uses it, or choose another with --port")
        return port

    def release(self) -> None:
        """Give every claim back."""
        for claim in self._claims:
            claim.close()
        self._claims.clear()

    def _take(self, port: int) -> bool:
        claim = (self._folder / str(port)).open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            return False
        if not _free(port):
            claim.close()
            return False
        self._claims.append(claim)
        return True


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
