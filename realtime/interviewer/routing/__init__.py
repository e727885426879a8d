"""Which of several models answers a request, when, and at what cost (`router.py` plays
`realtime.interviewer.request.Models`).
"""
