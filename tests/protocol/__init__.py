"""Tests of the contract: what the wire says, and what an interview does.

`play.py` drives an interview by hand, `strategies.py` makes any message from its dataclass. The
tables in these tests are typed from `protocol.md`, not taken from the code that they test.
"""
