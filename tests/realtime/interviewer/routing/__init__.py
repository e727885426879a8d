"""Tests of what chooses among models."""
