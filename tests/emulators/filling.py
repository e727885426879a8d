"""Something that fits a JSON Schema: each value as short and plain as the schema lets it be.

Reads what the two APIs take: JSON Schema, and Gemini's own dialect (types in capitals, `nullable`).
Where an array's items have a field of named values, there is an item for each of them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.emulators.script import UnplayableError

Schema = Mapping[str, Any]

MAX_DEPTH = 24


class Filling:
    """Fills schemas in.

    root: the schema that `$ref` points into.
    words: the text of a string, by the name of its field.
    number: varies what has a range.
    """

    def __init__(self, root: Schema, words: Callable[[str], str], number: int) -> None:
        self._root = root
        self._words = words
        self._number = number

    def fill(self) -> Any:
        """A value that fits the root.

        Raises:
            UnplayableError: the schema refers to nothing, or has no end.
        """
        return self._value(self._root, "", 0)

    def _value(self, schema: Schema, name: str, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise UnplayableError("The schema is nested too deep.")
        schema = self._meant(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        match type_of(schema):
            case "object":
                fields = schema.get("properties", {}).items()
                return {each: self._value(inner, each, depth + 1) for each, inner in fields}
            case "array":
                return self._items(schema, name, depth + 1)
            case "string":
                return self._words(name)[: schema.get("maxLength")]
            case "integer" | "number":
                return self._within(schema)
            case "boolean":
                return True
        return None

    def _items(self, schema: Schema, name: str, depth: int) -> list[Any]:
        items = self._meant(schema.get("items", {}), depth)
        most = schema.get("maxItems")
        for field, inner in items.get("properties", {}).items():
            named = self._meant(inner, depth).get("enum")
            if named:
                filled = self._value(items, name, depth)
                return [{**filled, field: each} for each in named][:most]
        count = int(schema.get("minItems", 1))
        return [self._value(items, name, depth) for _ in range(count)]

    def _meant(self, schema: Schema, depth: int) -> Schema:
        """The schema that stands behind `$ref` and `anyOf`."""
        for _ in range(MAX_DEPTH - depth):
            if "$ref" in schema:
                schema = self._referred(str(schema["$ref"]))
                continue
            options = schema.get("anyOf") or schema.get("oneOf")
            if not options:
                return schema
            schema = next((each for each in options if type_of(each) != "null"), options[0])
        raise UnplayableError("The schema refers to itself.")

    def _referred(self, reference: str) -> Schema:
        found: Any = self._root
        for step in reference.removeprefix("#/").split("/"):
            if not isinstance(found, dict) or step not in found:
                raise UnplayableError(f"The schema has no {reference}.")
            found = found[step]
        return dict(found)

    def _within(self, schema: Schema) -> int:
        least = int(schema.get("minimum", 1))
        most = int(schema.get("maximum", max(least, 5)))
        return least + self._number % (most - least + 1)


def type_of(schema: Schema) -> str:
    """The type in small letters; of several the first that isn't null."""
    named = schema.get("type", "object" if "properties" in schema else "")
    types = named if isinstance(named, list) else [named]
    return str(next((each for each in types if each != "null"), "null")).lower()
