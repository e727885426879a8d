"""What the server is for when something breaks: it is killed, and so is its database, while many
interviews are under way. `python -m tests.faults.crash --help` tells how to run it at any length.
"""
