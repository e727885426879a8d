"""Reads out of a résumé or a job description what stands in it, by rules: no model, no network.

Every text of a profile stands in the document, to the letter, and nothing about the person is among
them (`profiling/personal.py`). Deterministic, and linear in the document's length. Modest: what no
rule tells is left out.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from protocol.documents import MOST_ENTRIES, MOST_OF_LINE, DocumentKind, Entry, Profile
from realtime.interviewer.profiling.entries import Kind, clip, entries
from realtime.interviewer.profiling.layout import Line, Part, parts
from realtime.interviewer.profiling.personal import BLOT, blotted
from realtime.interviewer.profiling.skills import Gathered, listed, named
from realtime.interviewer.profiling.words import Section, Words, load_skills, load_words

# More than forty pages: what comes after is not read.
MOST_CHARS = 50_000

_ASKED: tuple[Section, ...] = ("skills", "requirements", "preferred")


def profile_by_rules(kind: DocumentKind, text: str) -> Profile:
    """What stands in a document, in its own words.

    Raises:
        DataFileError: a data file can't be used; only the first call reads any.
    """
    source = blotted(text[:MOST_CHARS])
    words = load_words()
    found = parts(source, kind, words)
    return _resume(source, found, words) if kind == "resume" else _job(source, found, words)


# --- résumés --------------------------------------------------------------------------------------


def _resume(source: str, found: Sequence[Part], words: Words) -> Profile:
    def of(kind: Kind) -> tuple[Entry, ...]:
        made = (entries(part.lines, kind, source, words) for part in found if part.section == kind)
        return tuple(dict.fromkeys(chain.from_iterable(made)))[:MOST_ENTRIES]

    profile = Profile(
        skills=_skills_of(source, found, words),
        experience=of("experience"),
        projects=of("projects"),
        education=of("education"),
    )
    if profile.experience or profile.projects or profile.education:
        return profile
    return _without_headings(profile, source, found, words)


def _skills_of(source: str, found: Sequence[Part], words: Words) -> tuple[str, ...]:
    skills = load_skills()
    gathered = Gathered(skills)
    for part in found:
        if part.section == "skills":
            gathered.add(listed(part.lines, words, skills))
    gathered.add(named(source, skills))
    return gathered.most


def _without_headings(
    profile: Profile, source: str, found: Sequence[Part], words: Words
) -> Profile:
    """What can be told where no section is: entries with a period, if they show what they are."""
    lines = [line for part in found if part.section in (None, "other") for line in part.lines]
    patterns = words.patterns
    education = tuple(
        each
        for each in entries(lines, "education", source, words, above=0)
        if each.period and patterns["school"].search(f"{each.title} {each.place}")
    )
    schools = {each.period for each in education}
    experience = tuple(
        each
        for each in entries(lines, "experience", source, words, above=0)
        if each.period
        and each.period not in schools
        and (patterns["role"].search(each.title) or patterns["company"].search(each.place))
    )
    return replace(profile, experience=experience, education=education)


# --- job descriptions -----------------------------------------------------------------------------


def _job(source: str, found: Sequence[Part], words: Words) -> Profile:
    skills = load_skills()
    gathered = Gathered(skills)
    asking = [part for part in found if part.section in _ASKED]
    for part in sorted(asking, key=lambda part: part.section != "skills"):
        if part.section == "skills":
            gathered.add(listed(part.lines, words, skills))
        for line in part.lines:
            gathered.add(named(line.text, skills))
    if not asking:
        gathered.add(named(source, skills))
    duties = [line for part in found if part.section == "duties" for line in part.lines]
    asked = [
        line
        for part in asking
        if part.section != "skills"
        for line in part.lines
        if words.patterns["wanted"].search(line.text)
    ]
    schooling = [
        line
        for part in asking
        if part.section != "skills"
        for line in part.lines
        if words.patterns["degree"].search(line.text) and line not in asked
    ]
    return Profile(
        skills=gathered.most,
        experience=_told([*duties, *asked]),
        education=_told(schooling),
    )


def _told(lines: Sequence[Line]) -> tuple[Entry, ...]:
    """Each line as an entry of its own."""
    texts = (clip(line.text.partition(BLOT)[0], MOST_OF_LINE) for line in lines)
    return tuple(Entry(text) for text in dict.fromkeys(filter(None, texts)))[:MOST_ENTRIES]
