"""The reference client of viva.v1: a pure core, and one networked file around it.

`InterviewClient` is what an application uses; `Core` is for whoever brings a network of its own.
"""
