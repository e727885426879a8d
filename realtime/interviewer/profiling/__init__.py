"""Reading a résumé or a job description by rules: `profile_rules.py` is the way in."""
