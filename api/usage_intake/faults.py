"""What can be wrong with a decoded record: code and words with the field's name, or None."""

from api.usage_intake.record import Record
from domain.usage_record import LARGEST_QUANTITY, MICROS

Fault = tuple[str, str]
_TEXTS = ("id", "provider", "model", "bot_id", "user", "api_key_id", "meter", "error", "status")


def measure_fault(record: Record) -> Fault | None:
    """A record counts the tokens of a model or the quantity of a meter, never both."""
    if not record.meter:
        if record.quantity is not None:
            return "invalid", "meter: name what the quantity counts"
        return None if record.model else ("invalid", "model: name it, or send meter and quantity")
    if record.quantity is None:
        return "invalid", "quantity: a meter needs one"
    if record.input_tokens or record.output_tokens:
        return "invalid", "input_tokens: a meter's record carries no tokens; send two records"
    if not record.quantity.is_finite() or not 0 <= record.quantity <= LARGEST_QUANTITY:
        return "invalid", f"quantity: between 0 and {LARGEST_QUANTITY}"
    if record.quantity * MICROS % 1:
        return "invalid", "quantity: at most six decimals"
    return None


def text_fault(record: Record) -> Fault | None:
    """A text that PostgreSQL cannot store."""
    for name in _TEXTS:
        value = getattr(record, name)
        if isinstance(value, str) and not value.isascii() and not storable(value):
            return "invalid", f"{name}: holds half of a surrogate pair"
        if isinstance(value, str) and "\x00" in value:
            return "invalid", f"{name}: holds a NUL character"
    return None


def payload_fault(record: Record) -> Fault | None:
    """A request or response that is not text."""
    for name, raw in (("request", record.request), ("response", record.response)):
        if raw and not _readable(bytes(raw)):
            return "invalid", f"{name}: is not UTF-8"
    return None


def storable(text: str) -> bool:
    """Whether a text has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
