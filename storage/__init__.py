"""What lasts: interviews, turns and command receipts in PostgreSQL.

Imports `protocol` and nothing else of this project. A method that returns has committed.
"""
