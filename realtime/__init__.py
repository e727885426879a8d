"""The server: gateways, session actors, and the interviewer behind them.

Imports `protocol` and `storage`; `realtime.app` is the only place where parts are chosen and wired.
"""
