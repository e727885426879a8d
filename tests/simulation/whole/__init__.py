"""Random interviews, whole: the real gateway, directory, actors, works and logs, and the real
client cores, in one process without a socket, on a clock that is never waited for.

Fake are the network (`network.py` and `wires.py`: delays, cuts, stalls, POSTs that are lost and
repeated), the database (`database.py`: away, slow, in doubt, fenced), the model (`interviewer.py`:
hangs, breaks off, breaks down) and the time (`loop.py`). Nodes are killed and drained. All chance
comes from one seed: `python -m tests.simulation.whole --seed N --tell` plays world N again, and
tells its story.

What has to hold after each step is in `watch.py` (at the nodes' end of the wires, in the database
and of the model), `witness.py` (which events, in which order), `terminal.py` (what a client relies
on) and `world.py` (that all agree, that an interview ends, and that nothing is left behind).
`mutants.py` has wrong servers, each of which has to be found out.
"""
