"""Which addresses of a provider are asked: encrypted, and outside our own network."""

import asyncio
import ipaddress
import socket
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
from typing_extensions import override

from gateways.errors import Refused, Unavailable

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST = 500


def checked_address(address: str, *, strict: bool, what: str) -> str:
    """An address of a provider: https; on a development machine also http on the machine itself.

    Raises:
        Refused: `provider_refused`: it is something else.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("provider_refused", f"{what}: '{address[:80]}' is not an address") from None
    printable = address.isascii() and address.isprintable() and " " not in address
    plain = printable and bool(host) and not parts.username and not parts.fragment and port != 0
    local = parts.scheme == "http" and host in _LOOPBACK and not strict
    if not plain or len(address) > _LONGEST or not (parts.scheme == "https" or local):
        raise Refused("provider_refused", f"{what}: '{address[:80]}' must be an https:// address")
    return address


class Outward(httpx.AsyncBaseTransport):
    """Connects to public addresses only, and to the very one it has checked: a name cannot change in between."""

    def __init__(self, *, verify: ssl.SSLContext | bool = True) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=verify, trust_env=False)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer.

        Raises:
            Refused: `provider_refused`: the host is inside a private network.
            Unavailable: there is no such host.
        """
        host = request.url.host
        request.extensions = {**request.extensions, "sni_hostname": host}
        *others, last = await _public_addresses(host, request.url.port or 443)
        for address in others:
            request.url = request.url.copy_with(host=address)
            with suppress(httpx.ConnectError):
                return await self._inner.handle_async_request(request)
        request.url = request.url.copy_with(host=last)
        return await self._inner.handle_async_request(request)

    @override
    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()


async def _public_addresses(host: str, port: int) -> list[str]:
    """The addresses of the host, all of which are public; at least one."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"There is no host {host[:80]}; check the address") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise Refused("provider_refused", f"{host[:80]} is inside a private network; name a public address")
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet; also judged by the IPv4 address inside an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast
