"""Tests of how a model is asked and its reply is read (`realtime/interviewer/upstream`)."""
