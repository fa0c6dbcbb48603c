"""No test speaks to anybody but this machine: elsewhere is as though there were no network."""

import errno
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_NAMES = {None, "", "localhost", "localhost.localdomain", "ip6-localhost"}


@contextmanager
def loopback_only() -> Iterator[None]:
    """Within the block sockets of Python connect to loopback only, and only its names are known."""
    looked_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *facts: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in _NAMES and _address(name) is None:
            raise socket.gaierror(socket.EAI_NONAME, f"tests do not look up {name}")
        return looked_up(host, *facts, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        for way in ("connect", "connect_ex"):
            patch.setattr(socket.socket, way, _guarded(getattr(socket.socket, way)))
        yield


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _NAMES:
            found = _address(address[0])
            if found is None or not found.is_loopback:
                raise OSError(errno.ENETUNREACH, f"tests do not connect to {address[0]}")
        return connect(self, address)

    return guarded


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None
