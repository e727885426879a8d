"""Prints a part of the published contract: `schema` (also when none is named), `openapi`,
`asyncapi` or `page`.
"""

import json
import sys

from protocol.reference import asyncapi, openapi, page, schema

DOCUMENTS = {"schema": schema, "openapi": openapi, "asyncapi": asyncapi}


def main(arguments: list[str]) -> int:
    """Print what is named; the exit status."""
    name = arguments[0] if arguments else "schema"
    if name == "page":
        print(page(), end="")
    elif name in DOCUMENTS and len(arguments) < 2:
        print(json.dumps(DOCUMENTS[name](), indent=2, ensure_ascii=False))
    else:
        print(f"One of {', '.join(DOCUMENTS)} or page is expected.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
