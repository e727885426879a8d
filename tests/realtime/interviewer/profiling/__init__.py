"""Tests of how documents are read by rules."""
