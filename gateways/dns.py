"""The domain name system: what a domain says of itself in its text records."""

import dns.asyncresolver
import dns.exception
import dns.resolver

from gateways.errors import Unavailable

_TIMEOUT_SECONDS = 5.0
_LONGEST_RECORD = 500


class Dns:
    """Asks name servers: the system's, or the one given."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        self._server = server

    async def texts(self, domain: str) -> tuple[str, ...]:
        """The domain's TXT records; none when there is no such domain.

        Raises:
            Unavailable: no name server answered.
        """
        try:
            found = await self._resolver().resolve(f"{domain}.", "TXT", lifetime=_TIMEOUT_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:
            raise Unavailable(f"The name servers of {domain} did not answer; try again later") from error
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace")[:_LONGEST_RECORD] for record in found
        )

    def _resolver(self) -> dns.asyncresolver.Resolver:
        """A resolver without a memory, so that a record that was just added is seen."""
        if self._server is None:
            return dns.asyncresolver.Resolver()
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [self._server[0]]
        resolver.port = self._server[1]
        return resolver
