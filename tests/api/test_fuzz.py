"""Every route of the OpenAPI document, asked with whatever its schema allows and forbids: never a mistake of ours."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.core.result import Ok

from api.app import create_app
from cli.admin import ensure_development_admin
from gateways.settings import Settings
from tests import serving

EXAMPLES = 10
PARTS = 4
STREAMS = "text/event-stream"
SIGNING_OUT = "DELETE /v1/sessions/current"
ACME = {
    "name": "Acme",
    "billing_email": "billing@acme.example",
    "currency": "USD",
    "time_zone": "UTC",
    "country": "US",
    "billing_mode": "prepaid",
}


@dataclass(frozen=True)
class Served:
    """An API in a thread of its own, asked by a signed-in admin, with values that exist there."""

    address: str
    headers: dict[str, str]
    plausible: dict[str, object]


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    told = Settings.read({"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:9"})
    admin = ensure_development_admin(told)
    with serving.served(create_app(told)) as address:
        yield _signed_in(address, admin.email, admin.password)


def _signed_in(address: str, email: str, password: str) -> Served:
    with httpx.Client(base_url=address) as client:
        person = client.post("/v1/sessions", json={"email": email, "password": password}).json()
        client.headers["X-CSRF-Token"] = person["csrf_token"]
        acme = client.post("/v1/organizations", json=ACME).json()["id"]
        project = client.post(f"/v1/organizations/{acme}/projects", json={"name": "Bot"}).json()["id"]
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"X-CSRF-Token": person["csrf_token"], "Cookie": cookie}
    known = {"organization_id": acme, "project_id": project, "scopes": ["usage:read"], "amount": "12.50"}
    rates = {"input_per_million": "2", "output_per_million": "8", "effective_at": "2026-01-01T00:00:00Z"}
    return Served(address, headers, {**ACME, **known, **rates, "period": "2026-10", "cursor": None})


def _make_plausible(case: Case[Any], values: dict[str, object]) -> None:
    """Puts what exists where the schema only knows that there is a text."""
    for part in (case.path_parameters, case.query, case.body):
        if not isinstance(part, MutableMapping):
            continue
        fields = cast("MutableMapping[str, object]", part)
        fields.update({name: values[name] for name in fields if name in values})


def _without_sign_in(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its security schemes, so that no key or cookie is made up."""
    document["components"].pop("securitySchemes")
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("security", None)
    return document


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_makes_a_route_fail(served: Served, part: int) -> None:
    document = _without_sign_in(create_app(Settings.read({})).openapi())
    failed: list[str] = []
    operations = list(schemathesis.openapi.from_dict(document).get_all_operations())
    for found in operations[part::PARTS]:
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.label == SIGNING_OUT or STREAMS in str(operation.definition.raw.get("responses")):
            continue

        @given(case=operation.as_strategy(), plausible=st.booleans())
        @settings(
            max_examples=EXAMPLES,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case[Any], *, plausible: bool) -> None:
            if plausible:
                _make_plausible(case, served.plausible)
            answer = case.call(base_url=served.address, headers=served.headers, timeout=20)
            if answer.status_code >= 500 and answer.status_code != 503:
                failed.append(f"{case.as_curl_command()}\n  → {answer.status_code} {answer.content[:300]!r}")

        ask()
    assert not failed, "\n".join(failed[:10])
    still = httpx.get(f"{served.address}/v1/sessions/current", headers=served.headers)
    assert still.status_code == 200, "an act ended the session: what came after it was only refused"
