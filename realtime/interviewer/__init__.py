"""The model side of an interview: whoever asks and judges (`realtime.ports.Interviewer`)."""
