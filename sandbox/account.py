"""The Stripe account being simulated, as one request (or one due job) sees and changes it."""

import time
from dataclasses import dataclass
from typing import Any

from stripe import api_version

from sandbox.errors import Json, missing
from sandbox.identifiers import new_id
from sandbox.resources import check_resource
from sandbox.store import Store


@dataclass
class Account:
    """Reads and writes objects, tells the world about changes, and knows the simulated time."""

    store: Store
    base_url: str
    request_id: str | None = None
    idempotency_key: str | None = None
    at: int | None = None

    def now(self) -> int:
        """Simulated Unix time in seconds: the real one, plus however far the clock was advanced."""
        return (
            self.at
            if self.at is not None
            else int(time.time()) + self.store.switch("clock_offset_seconds", 0)
        )

    def put(self, resource: Json, **hidden: Any) -> Json:
        """Keep a resource after checking it against the SDK's class; answer it unchanged."""
        self.store.put(check_resource(resource), hidden)
        return resource

    def change(self, resource: Json, **fields: Any) -> Json:
        """Keep the resource with other values in some fields."""
        return self.put({**resource, **fields})

    def find(self, kind: str, identifier: str | None) -> Json | None:
        """The resource, or None when there is none of that kind and identifier."""
        found = self.store.get(identifier) if identifier else None
        return found if found and found["object"] == kind else None

    def require(self, kind: str, identifier: str, *, param: str | None = None) -> Json:
        """The resource; `param` names the parameter that pointed to it, None when the address did.

        Raises:
            StripeError: `resource_missing`.
        """
        found = self.find(kind, identifier)
        if found is None:
            raise missing(kind, identifier, param=param or "id", status=400 if param else 404)
        return found

    def emit(self, event_type: str, resource: Json, previous: Json | None = None) -> None:
        """Record an event and queue its delivery to every endpoint that listens to its type."""
        endpoints = [e for e in self.endpoints() if _listens(e, event_type)]
        data = {"object": resource} | ({"previous_attributes": previous} if previous else {})
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": api_version,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": event_type,
        }
        self.put(event)
        for endpoint in endpoints:
            self.store.connection.execute(
                "insert into deliveries (event, type, endpoint, due) values (?, ?, ?, ?)",
                (event["id"], event_type, endpoint["id"], time.time()),
            )

    def endpoints(self) -> list[Json]:
        """Every webhook endpoint that exists and is enabled."""
        rows = self.store.rows("select id from objects where kind = 'webhook_endpoint' order by sequence")
        found = [self.require("webhook_endpoint", row["id"]) for row in rows]
        return [e for e in found if e["status"] == "enabled"]

    def schedule(self, delay_seconds: int, kind: str, target: str) -> None:
        """Let something happen to an object after that much simulated time."""
        self.store.connection.execute(
            "insert into jobs (due, kind, target) values (?, ?, ?)",
            (self.now() + delay_seconds, kind, target),
        )


def _listens(endpoint: Json, event_type: str) -> bool:
    wanted = endpoint["enabled_events"]
    return "*" in wanted or event_type in wanted
