"""What lasts, tested against a real PostgreSQL."""
