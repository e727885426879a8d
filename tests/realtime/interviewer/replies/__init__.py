"""Replies that models might give, as written by readers who saw the prompts alone."""
