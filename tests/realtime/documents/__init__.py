"""The documents' tests: what is read out of good ones, and what of bad ones."""
