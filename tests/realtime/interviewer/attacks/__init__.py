"""Attacks on the judge, and clean answers to hold against them. See README.md."""
