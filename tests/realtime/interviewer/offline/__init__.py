"""Tests of the interviewer: the contract of its port, and the offline one that keeps it."""
