"""The session's tests, over plain parts."""
