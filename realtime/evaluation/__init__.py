"""Measures a real model: the server's own prompts, put to it again and again (`viva eval`)."""
