"""A wrong server: a right one behind a proxy that tampers with what is said, for each case of the
conformance client in the way that the case is there to catch.

A check that can't fail isn't one; `test_wrong.py` beside this package demands that each does.
"""
