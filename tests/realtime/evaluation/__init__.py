"""Tests of `realtime/evaluation`: how a model is measured."""
