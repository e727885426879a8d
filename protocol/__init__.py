"""viva.v1, the contract between an interview server and its clients.

Everything here is pure: no input or output, no clock, no randomness, and nothing of `storage` or
`realtime`. The one networked file is the reference client's, in `protocol.client`.
"""
