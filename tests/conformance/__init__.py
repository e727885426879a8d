"""The protocol-conformance client of `viva.v1`: checks any server against `docs/protocol.md`.

`python -m tests.conformance --url http://…`; it knows the page and nothing else of the server.
"""
