"""Metadata: the free key-value pairs every Stripe object carries."""

from sandbox.errors import invalid

_MOST_KEYS = 50
_LONGEST_KEY = 40
_LONGEST_VALUE = 500


def merge_metadata(current: dict[str, str], given: dict[str, str] | str) -> dict[str, str]:
    """Add and replace keys; an empty value removes its key, an empty text removes all.

    Raises:
        StripeError: Beyond 50 keys, 40 characters a key or 500 characters a value.
    """
    if not isinstance(given, dict):
        return {}
    for key, value in given.items():
        if len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            raise invalid(
                f"Metadata keys can have up to {_LONGEST_KEY} characters and values up to {_LONGEST_VALUE}.",
                param=f"metadata[{key}]",
            )
    merged = {key: value for key, value in {**current, **given}.items() if value}
    if len(merged) > _MOST_KEYS:
        raise invalid(f"You cannot have more than {_MOST_KEYS} metadata keys.", param="metadata")
    return merged
