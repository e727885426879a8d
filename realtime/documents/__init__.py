"""Documents that candidates and teams hand in: from bytes to text, and to where they are kept."""
