"""A usage record as gateways send it, decoded and checked in one pass by msgspec.

Unknown fields are refused: a misspelt `cached_input_tokens` that was silently dropped would cost somebody money.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from domain.usage_record import LARGEST_TOKENS, LONGEST_MILLISECONDS

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Tokens = Annotated[int, Meta(ge=0, le=LARGEST_TOKENS)]


class Record(Struct, forbid_unknown_fields=True, gc=False):
    """One request or one metered quantity; `input_tokens` includes the cached ones."""

    id: Name
    organization_id: Name
    occurred_at: Annotated[datetime, Meta(tz=True)]
    provider: Annotated[str, Meta(min_length=1, max_length=100)]
    model: Annotated[str, Meta(max_length=200)] = ""
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cached_input_tokens: Tokens = 0
    project_id: Annotated[str, Meta(max_length=200)] | None = None
    duration_ms: Annotated[int, Meta(ge=0, le=LONGEST_MILLISECONDS)] | None = None
    status: Annotated[str, Meta(max_length=40)] | Annotated[int, Meta(ge=0, le=999)] | None = None
    error: Annotated[str, Meta(max_length=500)] | None = None
    bot_id: Annotated[str, Meta(max_length=200)] | None = None
    user: Annotated[str, Meta(max_length=200)] | None = None
    api_key_id: Annotated[str, Meta(max_length=200)] | None = None
    meter: Annotated[str, Meta(max_length=100)] | None = None
    quantity: Decimal | None = None
    environment: Literal["production", "preview", "test"] = "production"
    request: msgspec.Raw = msgspec.Raw()
    response: msgspec.Raw = msgspec.Raw()


RECORD = msgspec.json.Decoder(Record)
RECORDS = msgspec.json.Decoder(list[Record])
RAW_RECORDS = msgspec.json.Decoder(list[msgspec.Raw])


class OnlyId(Struct):
    """What can still be said of a record that did not pass."""

    id: str | None = None


def id_of(raw: bytes | msgspec.Raw) -> str | None:
    """The id of a record that cannot be decoded otherwise, to name it in the answer."""
    try:
        return msgspec.json.decode(raw, type=OnlyId).id
    except (msgspec.MsgspecError, RecursionError):
        return None
