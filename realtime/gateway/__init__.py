"""The edge: bytes in, commands; the log, bytes out. Knows the session, and no model, speech or
storage.
"""
