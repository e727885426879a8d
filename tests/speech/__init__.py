"""A voice for tests, and a Whisper small enough to be kept beside them."""
