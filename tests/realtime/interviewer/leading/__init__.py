"""Tests of what leads an interview with models."""
