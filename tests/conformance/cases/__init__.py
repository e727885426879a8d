"""The cases, a file for each chapter of `protocol.md`."""
