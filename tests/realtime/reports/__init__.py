"""The report's documents: that they all say the same, and that nothing in them can pass for their
own structure.
"""
