"""The gateway's tests, on real sockets."""
