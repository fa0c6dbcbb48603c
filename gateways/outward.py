"""Requests to hosts that clients name: sent to public addresses only, whatever the name says a moment later."""

import asyncio
import ipaddress
import socket
import ssl
from contextlib import suppress
from functools import cache

import httpx
from typing_extensions import override

from gateways.errors import Refused, Unavailable

_USUAL_PORTS = {"https": 443, "http": 80}
# No connection outlives its request: the next one may lead to the same address under a name it has not proven.
_NO_MEMORY = httpx.Limits(max_keepalive_connections=0)
# Public by their number, yet inside: IPv4 behind a gateway of the network's own, the cloud's host itself.
_INSIDE = tuple(
    ipaddress.ip_network(network) for network in ("64:ff9b:1::/48", "fec0::/10", "168.63.129.16/32")
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class Outward(httpx.AsyncBaseTransport):
    """Connects to public addresses only, and to the very one it has checked: a name cannot change in between."""

    def __init__(self, *, verify: ssl.SSLContext | bool = True) -> None:
        trusted = _trusted() if verify is True else verify
        self._inner = httpx.AsyncHTTPTransport(verify=trusted, trust_env=False, limits=_NO_MEMORY)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer.

        Raises:
            Refused: `provider_refused`: the host is inside a private network.
            Unavailable: there is no such host.
        """
        host = request.url.host
        request.extensions = {**request.extensions, "sni_hostname": host}
        *others, last = await _public_addresses(host, request.url.port or _USUAL_PORTS[request.url.scheme])
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


def anywhere() -> httpx.AsyncHTTPTransport:
    """Connects to any address, for development; it remembers no connection either."""
    return httpx.AsyncHTTPTransport(verify=_trusted(), trust_env=False, limits=_NO_MEMORY)


@cache
def _trusted() -> ssl.SSLContext:
    """The usual authorities, read once: it takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


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
    inner = _inner_address(ip)
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _INSIDE)


def _inner_address(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one only wraps: mapped, 6to4, or translated on the way (NAT64)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
