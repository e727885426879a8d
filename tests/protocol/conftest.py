"""How Hypothesis runs here: without a deadline, because no test asserts a time."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
