"""Webhook endpoints: who is told about events, and the secret their deliveries are signed with."""

from stripe import api_version

from sandbox.account import Account
from sandbox.errors import Json, invalid
from sandbox.identifiers import new_id
from sandbox.lists import list_page, retriever
from sandbox.metadata import merge_metadata
from sandbox.routing import Route

DEFAULT_ID = "we_default"


def create(account: Account, params: Json) -> Json:
    """A new endpoint; only this answer carries its secret."""
    secret = new_id("whsec")
    _require_http(params["url"])
    endpoint = account.put(_endpoint(account, new_id("we"), params), secret=secret)
    return {**endpoint, "secret": secret}


def keep_default(account: Account, url: str, secret: str) -> None:
    """The endpoint given on the command line: every event goes there; replaced at each start."""
    endpoint = _endpoint(account, DEFAULT_ID, {"url": url, "enabled_events": ["*"]})
    account.put(endpoint)
    account.store.hide(DEFAULT_ID, secret=secret)


def _endpoint(account: Account, identifier: str, params: Json) -> Json:
    return {
        "id": identifier,
        "object": "webhook_endpoint",
        "api_version": params.get("api_version", api_version),
        "application": None,
        "created": account.now(),
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "status": "enabled",
        "url": params["url"],
    }


def _require_http(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            param="url",
            code="url_invalid",
        )


def update(account: Account, params: Json, identifier: str) -> Json:
    """Another address or other event types; disable and enable."""
    endpoint = account.require("webhook_endpoint", identifier)
    changed = {name: params[name] for name in ("description", "enabled_events", "url") if name in params}
    _require_http(changed.get("url", endpoint["url"]))
    if "disabled" in params:
        changed["status"] = "disabled" if params["disabled"] else "enabled"
    return account.change(endpoint, **changed)


def delete(account: Account, _params: Json, identifier: str) -> Json:
    """No event goes there any more."""
    account.require("webhook_endpoint", identifier)
    account.store.connection.execute("delete from objects where id = ?", (identifier,))
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def list_all(account: Account, params: Json) -> Json:
    """Endpoints, newest first."""
    return list_page(account, "webhook_endpoint", "/v1/webhook_endpoints", params)


_BASE = "/v1/webhook_endpoints"

ROUTES = (
    Route(
        "POST",
        _BASE,
        "WebhookEndpointCreateParams",
        create,
        "url enabled_events description metadata api_version",
    ),
    Route("GET", _BASE, "WebhookEndpointListParams", list_all),
    Route("GET", f"{_BASE}/{{}}", "WebhookEndpointRetrieveParams", retriever("webhook_endpoint")),
    Route(
        "POST",
        f"{_BASE}/{{}}",
        "WebhookEndpointUpdateParams",
        update,
        "url enabled_events description disabled",
    ),
    Route("DELETE", f"{_BASE}/{{}}", "WebhookEndpointDeleteParams", delete),
)
