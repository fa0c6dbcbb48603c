"""A body that a door would take, made from its schema: the least that is valid by form."""

from typing import Any

_FORMATS = {"date-time": "2026-11-01T00:00:00Z", "date": "2026-11-01", "email": "mallory@example.com"}
_PLAIN: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "null": None}


def body_for(document: dict[str, Any], path: str, method: str) -> Any:
    """The JSON that an operation asks for; None when it asks for none."""
    operation = document["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else _example(document, content["schema"])


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", [None]))))
    kind = schema.get("type")
    if kind == "object":
        return _object(document, schema)
    if kind == "array":
        return [_example(document, schema["items"])] * max(1, schema.get("minItems", 1))
    if kind == "string":
        given = next(iter(schema.get("examples", [])), None)
        return given or _FORMATS.get(schema.get("format", ""), "x" * max(8, schema.get("minLength", 0)))
    return _PLAIN.get(str(kind))


def _object(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Every field, so that changes change something."""
    return {name: _example(document, field) for name, field in schema.get("properties", {}).items()}
