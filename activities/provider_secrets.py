"""Keys at providers of models, sealed for the row and the version that hold them."""

from dataclasses import dataclass

from domain.provider_credential import ProviderCredential
from gateways.sealing import Seal


@dataclass(frozen=True, slots=True)
class ProviderSecrets:
    """Seals and opens them."""

    seal: Seal

    @classmethod
    def under(cls, pepper: str) -> "ProviderSecrets":
        """Under a key derived from the installation's pepper."""
        return cls(Seal(pepper, purpose="keys at providers of models"))

    def sealed(self, credential: ProviderCredential, secret: str) -> str:
        """The key as it is kept."""
        return self.seal.close(secret, place=credential.place)

    def opened(self, credential: ProviderCredential, sealed: str) -> str | None:
        """The key again, or None when it was sealed under another pepper, for another row or as another version."""
        return self.seal.opened(sealed, place=credential.place)
