"""A small, right server with voice, to play the cases of spoken answers against.

It is there for those cases alone: one user who needn't sign in, no tickets, no bounds, interviews
in files of a folder. What it hears is a language of tones (`language.py`), so that what was said
is known to the sample; it is no speech recognition. What a right server does is `protocol/`'s, as
it is the real server's: the state machine, the codec and the fold are shared, all about audio
(`answer.py`, `interview.py`) and the transports (`server.py`) are not.
"""
