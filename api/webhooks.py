"""What providers report: signed deliveries in, and the inbox where they are seen and replayed."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel, Field

from activities.stripe_events import stripe_arrival
from activities.webhooks import WebhookInbox, replay, replay_parked, sendgrid_arrivals
from api.paging import Page, Pages
from api.routing import Once, new_router
from api.security import HouseTransaction, Principal, Transaction, actor_of, after_commit, needs, public
from db import webhooks
from db.engine import Tx
from domain.ids import read, show
from domain.webhook import Arrival, BadSignature, Source, Webhook, WebhookState
from gateways.errors import Refused
from gateways.mail import verify_sendgrid

router = new_router(prefix="/v1/webhooks", tag="webhooks")
_SIGNED = "signed by the provider over the raw body; an unsigned request is refused"
_MOST_REPLAYED = 1_000


class Received(BaseModel):
    """How many events were new, and how many had been told before."""

    stored: int
    repeated: int


class ShownWebhook(BaseModel):
    """One event of a provider; `object_id` is the thing it is about."""

    id: str
    source: Source
    event_id: str
    kind: str
    object_id: str
    state: WebhookState
    attempts: int
    last_error: str
    occurred_at: datetime
    received_at: datetime
    due_at: datetime
    handled_at: datetime | None


class ShownEvent(ShownWebhook):
    """One event with what the provider sent."""

    body: str


class Replayed(BaseModel):
    """How many parked events wait to be handled again."""

    replayed: int


class Which(BaseModel):
    """How many parked events to replay, the oldest first."""

    limit: int = Field(100, ge=1, le=_MOST_REPLAYED)


def shown(webhook: Webhook) -> ShownWebhook:
    """The event as a list shows it."""
    return ShownWebhook.model_validate(_facts(webhook))


def shown_event(webhook: Webhook) -> ShownEvent:
    """The event with its body."""
    return ShownEvent.model_validate({**_facts(webhook), "body": webhook.body.decode(errors="replace")})


def _facts(webhook: Webhook) -> dict[str, object]:
    return {
        **{name: getattr(webhook, name) for name in ShownWebhook.model_fields},
        "id": show("evt", webhook.id),
    }


def inbox_of(request: Request) -> WebhookInbox:
    """The application's inbox."""
    inbox: WebhookInbox = request.app.state.collecting.inbox
    return inbox


@router.post("/stripe")
@public(_SIGNED)
async def receive_stripe(
    request: Request, tx: HouseTransaction, stripe_signature: Annotated[str, Header()] = ""
) -> Received:
    """Stripe's events: stored, answered, then handled."""
    secrets: tuple[str, ...] = request.app.state.settings.stripe.webhook_secrets
    now = datetime.now(UTC)
    try:
        arrival = stripe_arrival(await request.body(), stripe_signature, secrets, now)
    except Refused as refused:
        raise BadSignature(refused.detail) from refused
    return await _received(request, tx, [arrival])


@router.post("/sendgrid")
@public(_SIGNED)
async def receive_sendgrid(
    request: Request,
    tx: HouseTransaction,
    signature: Annotated[str, Header(alias="X-Twilio-Email-Event-Webhook-Signature")] = "",
    timestamp: Annotated[str, Header(alias="X-Twilio-Email-Event-Webhook-Timestamp")] = "",
) -> Received:
    """SendGrid's reports about mails: stored, answered, then handled."""
    key = request.app.state.settings.mail.sendgrid_webhook_public_key
    if not key:
        raise BadSignature("SendGrid's events are not taken here until SENDGRID_WEBHOOK_PUBLIC_KEY is set")
    payload = await request.body()
    try:
        verify_sendgrid(key, timestamp, signature, payload, datetime.now(UTC))
        arrivals = sendgrid_arrivals(payload)
    except Refused as refused:
        raise BadSignature(refused.detail) from refused
    return await _received(request, tx, arrivals)


async def _received(request: Request, tx: Tx, arrivals: list[Arrival]) -> Received:
    ids = await webhooks.store(tx, arrivals, now=datetime.now(UTC))
    _handle_soon(request, ids)
    return Received(stored=len(ids), repeated=len(arrivals) - len(ids))


def _handle_soon(request: Request, ids: list[UUID]) -> None:
    """Handles the events once they are committed, without making the provider wait; the pump takes what is left."""
    if ids:
        inbox = inbox_of(request)

        async def act() -> None:
            inbox.handle_soon(ids)

        after_commit(request, act)


def filters(
    source: Source | None = None,
    state: WebhookState | None = None,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    object_id: Annotated[str | None, Query(max_length=200)] = None,
) -> webhooks.Filters:
    """Which events to list."""
    return webhooks.Filters(source=source, state=state, kind=kind, object_id=object_id)


@router.get("", dependencies=[Depends(needs("webhooks:read"))])
async def list_webhooks(
    tx: Transaction, wanted: Annotated[webhooks.Filters, Depends(filters)], paging: Pages
) -> Page[ShownWebhook]:
    """Events, the newest first."""
    found = await webhooks.list_page(tx, filters=wanted, after=paging.after_id, limit=paging.fetch)
    return paging.page(found, shown, lambda webhook: webhook.id)


def webhook_in_path(webhook_id: str) -> UUID:
    """The event named in the path."""
    return read("evt", webhook_id)


WebhookInPath = Annotated[UUID, Depends(webhook_in_path)]
Replayer = Annotated[Principal, Depends(needs("webhooks:write"))]


@router.get("/{webhook_id}", dependencies=[Depends(needs("webhooks:read"))])
async def get_webhook(webhook_id: WebhookInPath, tx: Transaction) -> ShownEvent:
    """One event with what the provider sent."""
    return shown_event(await webhooks.get(tx, webhook_id=webhook_id))


@router.post("/replay", status_code=202, dependencies=[Once])
async def replay_all_parked(which: Which, request: Request, tx: Transaction, principal: Replayer) -> Replayed:
    """Handle parked events once more, after what made them fail was mended."""
    actor = actor_of(request, principal)
    ids = await replay_parked(tx, actor=actor, now=datetime.now(UTC), limit=which.limit)
    _handle_soon(request, ids)
    return Replayed(replayed=len(ids))


@router.post("/{webhook_id}/replay", status_code=202, dependencies=[Once])
async def replay_one(
    webhook_id: WebhookInPath, request: Request, tx: Transaction, principal: Replayer
) -> ShownWebhook:
    """Handle one event once more."""
    actor = actor_of(request, principal)
    webhook = await replay(tx, webhook_id=webhook_id, actor=actor, now=datetime.now(UTC))
    _handle_soon(request, [webhook_id])
    return shown(webhook)
