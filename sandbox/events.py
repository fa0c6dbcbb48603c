"""Events: everything that happened, kept so that a lost delivery can be looked up."""

from sandbox.account import Account
from sandbox.errors import Json
from sandbox.lists import list_page, retriever
from sandbox.routing import Route


def list_all(account: Account, params: Json) -> Json:
    """Events, newest first, of one type when asked for."""
    return list_page(account, "event", "/v1/events", params, "type")


ROUTES = (
    Route("GET", "/v1/events", "EventListParams", list_all, "type created"),
    Route("GET", "/v1/events/{}", "EventRetrieveParams", retriever("event")),
)
