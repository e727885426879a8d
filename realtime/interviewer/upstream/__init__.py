"""How a model is asked over HTTP and its reply is read, whatever the provider.

`client.py` asks; `exchange.py` is one request and its connection, `watch.py` how long it may be
silent. What comes is read without I/O: `events.py` cuts bytes into events, `reply.py` makes text of
them with a dialect's reader, `failures.py` says what a refusal means, `parameters.py` what to ask
instead.
"""
