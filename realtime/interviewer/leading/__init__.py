"""Leads an interview with models: what they are asked, and what becomes of their replies."""
