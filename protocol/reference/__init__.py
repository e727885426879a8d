"""The published contract, generated from the message types, never written by hand.

`schemas.py` makes the JSON Schema of every message, `openapi.py` the OpenAPI 3.1 of what is asked
over HTTP (its routes are the table in `operations.py`), `asyncapi.py` the AsyncAPI 3.0 of the
WebSocket and the event stream, `page.py` a page of all that for people. Their examples are real
messages, written by the codec (`examples.py`).

`python -m protocol.reference [schema|openapi|asyncapi|page]` prints one of them.
"""

from protocol.reference.asyncapi import asyncapi as asyncapi
from protocol.reference.openapi import openapi as openapi
from protocol.reference.page import page as page
from protocol.reference.schemas import Schema as Schema
from protocol.reference.schemas import schema as schema
