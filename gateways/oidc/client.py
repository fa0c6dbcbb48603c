"""Speaks to providers; one for each application."""

import json
from typing import Any, cast

import httpx

from domain.sign_on import Claims, Endpoints
from gateways.errors import Refused, Unavailable
from gateways.oidc.addresses import checked_address
from gateways.oidc.requests import Departure, for_tokens, way_to
from gateways.oidc.tokens import ALGORITHMS, claims_of, token_checked
from gateways.outward import Outward, anywhere

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_LARGEST_ANSWER = 512 * 1024
_DISCOVERY = "/.well-known/openid-configuration"


class Oidc:
    """Every method raises `Refused` for what will not get better and `Unavailable` for what may."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        transport = Outward() if strict else anywhere()
        self._http = httpx.AsyncClient(transport=transport, timeout=_TIMEOUT, follow_redirects=False)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def discover(self, issuer: str) -> Endpoints:
        """What a provider says of itself, checked."""
        given = checked_address(issuer.strip(), strict=self._strict, what="issuer")
        if "?" in given:
            raise Refused("provider_refused", "issuer: leave out everything from the question mark on")
        told = await self._json("GET", given.rstrip("/") + _DISCOVERY)
        if str(told.get("issuer", "")).rstrip("/") != given.rstrip("/"):
            raise Refused(
                "provider_refused", f"issuer: the provider calls itself '{str(told.get('issuer'))[:120]}'"
            )
        _require_able(told)
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Endpoints(
            issuer=str(told["issuer"]),
            authorization=self._endpoint(told, "authorization_endpoint"),
            token=self._endpoint(told, "token_endpoint"),
            keys=self._endpoint(told, "jwks_uri"),
            person=self._endpoint(told, "userinfo_endpoint") if told.get("userinfo_endpoint") else "",
            secret_in_body="client_secret_basic" not in methods,
            names_issuer=told.get("authorization_response_iss_parameter_supported") is True,
        )

    async def keys(self, endpoints: Endpoints) -> dict[str, Any]:
        """The keys by which the provider signs, as it publishes them now."""
        return await self._json("GET", endpoints.keys)

    def way_to(self, endpoints: Endpoints, departure: Departure) -> str:
        """Where a browser is sent."""
        return way_to(endpoints, departure)

    async def who_came(
        self, endpoints: Endpoints, departure: Departure, *, secret: str, code: str, now: int
    ) -> Claims:
        """Who came back with a code; `now` in seconds since 1970."""
        address, headers, body = for_tokens(
            endpoints,
            client_id=departure.client_id,
            secret=secret,
            code=code,
            redirect_uri=departure.redirect_uri,
            verifier=departure.verifier,
        )
        tokens = await self._json("POST", address, headers=headers, content=body)
        claims = token_checked(
            str(tokens.get("id_token", "")),
            await self.keys(endpoints),
            issuer=endpoints.issuer,
            client_id=departure.client_id,
            nonce=departure.nonce,
            now=now,
        )
        person = {} if claims.get("email") else await self._person(endpoints, tokens, claims)
        return claims_of(claims, person)

    async def _person(
        self, endpoints: Endpoints, tokens: dict[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """What the provider tells of the token's subject beside the token."""
        if not endpoints.person or not tokens.get("access_token"):
            return {}
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        person = await self._json("GET", endpoints.person, headers=headers)
        return person if person.get("sub") == claims["sub"] else {}

    def _endpoint(self, told: dict[str, Any], name: str) -> str:
        """An address the provider names, as safe as the issuer's."""
        return checked_address(str(told.get(name, "")), strict=self._strict, what=name)

    async def _json(
        self, method: str, address: str, *, headers: dict[str, str] | None = None, content: str | None = None
    ) -> dict[str, Any]:
        """The JSON object at an address."""
        try:
            async with self._http.stream(method, address, headers=headers, content=content) as answer:
                body = await _limited(answer)
        except httpx.HTTPError as error:
            raise Unavailable(f"The provider at {_host(address)} does not answer; try again later") from error
        return _object(answer.status_code, body, address)


async def _limited(answer: httpx.Response) -> bytes:
    """The body, if it is not larger than any honest one."""
    found = bytearray()
    async for chunk in answer.aiter_bytes():
        found += chunk
        if len(found) > _LARGEST_ANSWER:
            raise Refused("provider_refused", "The provider's answer is too large to be one")
    return bytes(found)


def _object(status: int, body: bytes, address: str) -> dict[str, Any]:
    """The answer as an object; an error's own words are for whoever sets the provider up."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if status >= 500:
        raise Unavailable(f"The provider at {_host(address)} answers {status}; try again later")
    if status != 200 or not isinstance(told, dict):
        error = cast("dict[str, Any]", told).get("error", "") if isinstance(told, dict) else ""
        words = f" ({str(error)[:80]})" if error else ""
        raise Refused(
            "provider_refused", f"{_host(address)} answers {status}{words} instead of JSON we can use"
        )
    return cast("dict[str, Any]", told)


def _require_able(told: dict[str, Any]) -> None:
    """Refuses a provider that cannot do what we ask of every one."""
    methods = told.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise Refused("provider_refused", "The provider does not know PKCE with S256")
    if "code" not in (told.get("response_types_supported") or ["code"]):
        raise Refused("provider_refused", "The provider does not know the authorization code flow")
    if not set(ALGORITHMS).intersection(told.get("id_token_signing_alg_values_supported") or ["RS256"]):
        raise Refused("provider_refused", "The provider signs its tokens in no way that we accept")
    secrets = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not {"client_secret_basic", "client_secret_post"}.intersection(secrets):
        raise Refused("provider_refused", "The provider takes no client secret")


def _host(address: str) -> str:
    """The host of an address, to name it in words."""
    return httpx.URL(address).host
