"""Processes that read what strangers hand in, confined to memory, two pipes and their time."""
