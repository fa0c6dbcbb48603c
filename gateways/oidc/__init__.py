"""OpenID Connect, the relying party's side: discovery, the way to a provider and back, tokens checked.

authlib forms the requests and joserfc checks signatures; the HTTP client is our own, because in staging and
production it must refuse addresses inside our own network (whoever sets up single sign-on names them).
"""

from gateways.oidc.client import Oidc
from gateways.oidc.requests import Departure

__all__ = ["Departure", "Oidc"]
