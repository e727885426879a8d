"""The offline interviewer: question banks, rules and phrases, and no model."""
