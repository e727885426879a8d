"""The tests, in the same places as what they test.

They use plain fakes passed in through constructors, and jump the clock instead of sleeping.
"""
