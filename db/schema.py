"""The metadata every table registers on, and the types the columns share."""

from sqlalchemy import BigInteger, Column, MetaData, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

metadata = MetaData()

Instant = TIMESTAMP(timezone=True)
Json = JSONB(none_as_null=True)

__all__ = ["BigInteger", "Column", "Instant", "Json", "Numeric", "Text", "Uuid", "metadata"]
