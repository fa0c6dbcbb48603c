"""Opens encrypted payloads for Temporal's command line, to operators and nobody else.

Its Web UI, which is another origin, shows them sealed: browsers would have to lend it an operator's session.
"""

import base64
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field
from temporalio.api.common.v1 import Payload

from api.routing import new_router
from api.security import Principal, needs
from api.temporal_link import temporal_of
from domain.errors import Conflict
from gateways.temporal.codec import UnreadablePayload
from gateways.temporal.connection import Temporal

router = new_router(prefix="/codec", tag="operations")
_MOST_PAYLOADS = 1000


class ShownPayload(BaseModel):
    """A payload in protobuf's JSON: base64 values."""

    metadata: dict[str, str] = Field(max_length=20)
    data: str = ""


class Payloads(BaseModel):
    """What Temporal's command line sends, and gets back."""

    payloads: list[ShownPayload] = Field(max_length=_MOST_PAYLOADS)


@router.post("/decode")
async def decode(
    body: Payloads,
    temporal: Annotated[Temporal, Depends(temporal_of)],
    _principal: Annotated[Principal, Depends(needs("processes:steer"))],
) -> Payloads:
    """The payloads, readable."""
    if temporal.codec is None:
        return body
    try:
        opened = await temporal.codec.decode([_payload(shown) for shown in body.payloads])
    except (UnreadablePayload, ValueError) as unreadable:
        raise Conflict(f"payloads: {unreadable}") from unreadable
    return Payloads(payloads=[_shown(payload) for payload in opened])


def _payload(shown: ShownPayload) -> Payload:
    metadata = {name: base64.b64decode(value, validate=True) for name, value in shown.metadata.items()}
    return Payload(metadata=metadata, data=base64.b64decode(shown.data, validate=True))


def _shown(payload: Payload) -> ShownPayload:
    metadata = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
    return ShownPayload(metadata=metadata, data=base64.b64encode(payload.data).decode())
