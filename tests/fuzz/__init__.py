"""Fuzzing: the codec and the gateway against inputs that nobody meant (`python -m tests.fuzz`).

Rules of this folder: an input is made of the seed and its number alone, so that what failed can be
seen again; an oracle says in a sentence what is wrong, or nothing; what fails is cut down before it
is shown.
"""
