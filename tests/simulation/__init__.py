"""Random interviews, whole, in one process and without a socket, a clock or a database.

The state machine, the log, the codec and the storage's rows are the real ones; around them stand a
server that works as the actor does, an interviewer that fails and dawdles, clients that come and
go, and a storage that can be lost in the middle of a commit. All chance comes from one seed:
`python -m tests.simulation --seed N` plays interview N again.

What runs here at the simulator's pace, step for step, runs in `whole/` as it runs in a server: the
real actor, directory, works and gateway, on a clock that is simulated.

What has to hold is in `rules.py` (what a server may say, in which order), `client.py` (what a
client may be told) and `simulation.py` (what was promised is kept, and every interview ends).
"""
