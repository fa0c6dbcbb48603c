"""From a body to records: JSON array, single object or NDJSON, plain or gzip; every fault says where it is."""

import json
import zlib
from contextlib import suppress
from typing import ClassVar

import msgspec

from api.usage_intake.record import RAW_RECORDS, RECORD, RECORDS, Record, id_of
from domain.errors import Invalid, Refusal
from domain.usage_record import Rejection

LARGEST_BYTES = 16 * 1024 * 1024
LARGEST_COUNT = 10_000
MOST_MEMBERS = 100
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")

Numbered = list[tuple[int, Record]]


class BadBody(Refusal):
    """The body as a whole cannot be read; nothing of it was taken."""

    code: ClassVar[str] = "bad_body"


class TooManyRecords(Refusal):
    """More records than one call may carry."""

    code: ClassVar[str] = "too_large"


def unpack(body: bytes) -> bytes:
    """The gunzipped body, all members of it: files of gzip may be put one after the other.

    Raises:
        BadBody: it is not gzip, or ends or breaks somewhere; the byte is named. Or it has too many members.
        TooManyRecords: it unpacks to more than the limit.
    """
    plain = b""
    rest = body
    for _ in range(MOST_MEMBERS):
        member, rest = _member(rest, LARGEST_BYTES - len(plain), len(body))
        plain += member
        if not rest:
            return plain
    raise BadBody(f"The gzip body is more than {MOST_MEMBERS} gzip files in a row; pack it in one")


def _member(packed: bytes, room: int, whole: int) -> tuple[bytes, bytes]:
    reader = zlib.decompressobj(wbits=31)
    begins = whole - len(packed)
    try:
        plain = reader.decompress(packed, room + 1)
    except zlib.error as error:
        where = begins + len(packed) - len(reader.unconsumed_tail)
        raise BadBody(f"The gzip body cannot be unpacked ({error}) within its first {where} bytes") from None
    if len(plain) > room:
        raise TooManyRecords(
            f"The gzip body unpacks to more than {LARGEST_BYTES} bytes; send it in several calls"
        )
    if not reader.eof:
        raise BadBody(f"The gzip body ends too early, at byte {whole}; it was cut off on the way")
    return plain, reader.unused_data


def read_records(body: bytes, media_type: str) -> tuple[Numbered, list[Rejection]]:
    """The good records with their place in the call, and what is wrong with the others.

    Raises:
        BadBody: the JSON is broken as a whole; the byte is named.
        TooManyRecords: more than 10,000.
        Invalid: there is no record at all.
    """
    if media_type in NDJSON:
        raws = [line for line in body.split(b"\n") if line.strip()]
        good, bad = _separately(raws)
    elif body.lstrip()[:1] == b"{":
        good, bad = _separately([body])
    else:
        good, bad = _array(body)
    count = len(good) + len(bad)
    if count > LARGEST_COUNT:
        raise TooManyRecords(
            f"{count} records in one call; at most {LARGEST_COUNT} are taken, send several calls"
        )
    if count == 0:
        raise Invalid("There is no record in the call; send between 1 and 10,000")
    return good, bad


def _array(body: bytes) -> tuple[Numbered, list[Rejection]]:
    with suppress(msgspec.DecodeError, RecursionError):
        return list(enumerate(RECORDS.decode(body))), []
    try:
        return _separately(RAW_RECORDS.decode(body))
    except msgspec.ValidationError:
        raise BadBody("The body is JSON, but not an array of records") from None
    except RecursionError:
        raise BadBody("The body is nested too deeply to be an array of records") from None
    except msgspec.DecodeError:
        return _separately(_leniently(body))


def _leniently(body: bytes) -> list[bytes]:
    """The records of an array one of whose texts holds half of a surrogate pair: msgspec refuses the whole array.

    Raises:
        BadBody: the JSON is broken; the byte is named.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadBody(f"The body is not JSON: {_place(body, str(error))}") from None
    return [json.dumps(record).encode() for record in found]


def _separately(raws: list[bytes] | list[msgspec.Raw]) -> tuple[Numbered, list[Rejection]]:
    good: Numbered = []
    bad: list[Rejection] = []
    for index, raw in enumerate(raws):
        try:
            good.append((index, RECORD.decode(raw)))
        except msgspec.ValidationError as error:
            bad.append(Rejection(index, id_of(raw), "invalid", _field(str(error))))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            bad.append(
                Rejection(
                    index, None, "malformed", f"record {index} is not JSON: {_place(bytes(raw), str(error))}"
                )
            )
    return good, bad


def _field(message: str) -> str:
    """`Expected `int` >= 0 - at `$.input_tokens`` as `input_tokens: expected …`."""
    what, _, where = message.rpartition(" - at ")
    if not what:
        return message
    return f"{where.strip('`').removeprefix('$').lstrip('.') or 'record'}: {what[0].lower()}{what[1:]}"


def _place(body: bytes, otherwise: str) -> str:
    """Line, column and byte of the first fault, by the standard library's parser, which says more."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return f"{error.msg} at line {error.lineno}, column {error.colno} (byte {error.pos})"
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        return str(error)
    return "a text holds half of a surrogate pair" if "truncated" in otherwise else otherwise
