"""The reference client: its parts, its core against scripted servers, and its networked file."""
