"""One interview at work: its log, its actor, and the directory of those that are awake."""
