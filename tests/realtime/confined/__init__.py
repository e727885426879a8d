"""Tests of realtime/confined."""
