"""Speech: what becomes of an answer's audio, from its bytes to its words. The parts know neither
the gateway nor the interviewer. They need the package's extra `speech`.
"""
