"""Finds what a text says to its judge and not to the question, and tames what goes into a prompt.

Candidates, and those who write their documents, may try to talk a model into a score. `Detector`
finds such passages by rules, which are data (`data/instructions/`): it claims no more than its
measured rates. `tame` needs no rule: after it no text opens or closes anything in a prompt.

A cue is a pattern without boundless repetition; a rule is a row of cues that follow each other
closely within a sentence; an excuse is what tells that the sentence only reports such words. The
rules of all languages look at every text. A text is first made alike (`alike.py`): no disguise by
case, width, accents, look-alikes, invisible characters, escapes, or spelling out; encoded passages
are read too (`encoded.py`). All of it takes time linear in the text: sentences are cut at a fixed
length (`sentences.py`), and what is found in one depends on nothing else. Few rules are tried on
most sentences: `fragments.py` tells from its words which rules can't fit (`rules.py`).
"""

from realtime.interviewer.instructions.detector import Detector, Found
from realtime.interviewer.instructions.taming import tame

__all__ = ["Detector", "Found", "tame"]
