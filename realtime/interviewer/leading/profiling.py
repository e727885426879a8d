"""Reads out of a document what stands in it: by a model, held against the document's own words.

What a model names and the document doesn't have is dropped. Whatever no model tells, or tells so
that nothing of it holds, is read by rules.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import get_args

import structlog

from protocol.documents import (
    MOST_ENTRIES,
    MOST_OF_DETAIL,
    MOST_OF_LINE,
    MOST_SKILLS,
    DocumentKind,
    Entry,
    Profile,
)
from protocol.view import Language
from realtime.interviewer.instructions import tame
from realtime.interviewer.leading.context import Frame, clip, in_a_line
from realtime.interviewer.leading.evidence import Evidence
from realtime.interviewer.leading.fair_copy import Form
from realtime.interviewer.leading.guard import Guard
from realtime.interviewer.leading.prompting import Prompts
from realtime.interviewer.leading.reply import Ask, Reply, Section, rest
from realtime.interviewer.leading.scene import Kit
from realtime.interviewer.model import Prompt
from realtime.interviewer.offline.text import language_of
from realtime.interviewer.profile_rules import MOST_CHARS
from realtime.interviewer.profiling.personal import BLOT, blotted
from realtime.interviewer.request import NoAnswer, Request
from realtime.ports import Profiler

logger = structlog.get_logger(__name__)

# An upload waits for it.
WITHIN_S = 20.0
# In tokens.
_MOST_OF_TEXT = 6_000
_MOST_OF_REPLY = 2_000

_ENTRIES = ("experience", "project", "education")
FORM = Form(
    {"skill": (), **dict.fromkeys(_ENTRIES, ()), "end": ()},
    needed=frozenset({"skill", *_ENTRIES}),
    most_chars=dict.fromkeys(("skill", *_ENTRIES), 3_000),
)
_BULLET = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)])\s+")
_NEVER = re.compile(r"(?!)")


class ModelProfiler:
    """A `Profiler` over models; `by_rules` does what they don't."""

    def __init__(self, kit: Kit, by_rules: Profiler, *, within_s: float = WITHIN_S) -> None:
        self._kit = kit
        self._by_rules = by_rules
        self._within_s = within_s

    async def profile(self, user_id: str, kind: DocumentKind, text: str) -> Profile:
        """What stands in a document (`realtime.ports.Profiler`)."""
        # What is about the person is neither shown nor found.
        text = await asyncio.to_thread(_impersonal, text)
        language: Language = language_of(text) or get_args(Language)[0]
        prompts = self._kit.prompts[language]
        # In another thread: it takes a few hundredths of a second, in which no token would pass.
        shown = await asyncio.to_thread(self._shown, text, prompts)
        reply = self._ask(user_id, kind, shown, prompts)
        try:
            async with asyncio.timeout(self._within_s):
                made = _profile(await _sections(reply), Evidence(text))
        except (NoAnswer, TimeoutError) as error:
            logger.info("profile_by_rules", why=str(error) or "too slow")
            made = Profile()
        except Exception:
            logger.exception("profile_failed")
            made = Profile()
        finally:
            await reply.aclose()
        if made == Profile():
            return await self._by_rules.profile(user_id, kind, text)
        return made

    def _shown(self, text: str, prompts: Prompts) -> str:
        frame = Frame(prompts.words, self._kit.detector)
        mark = prompts.words.clipped
        shown = tame(frame.without_asides(clip(text, _MOST_OF_TEXT, mark)))
        return clip(shown, _MOST_OF_TEXT, mark)

    def _ask(self, user_id: str, kind: DocumentKind, shown: str, prompts: Prompts) -> Reply:
        words = prompts.words
        values: Mapping[str, object] = {
            "kind": kind,
            "text": shown,
            "skills": words.profile.skills[kind],
            "experience": words.profile.experience[kind],
        }
        request = Request(
            user_id, f"document:{user_id}", "profile", None, Prompt((), _MOST_OF_REPLY, 0.0)
        )
        ask = Ask(request, "", "profile", lambda _: values, FORM)
        return Reply(ask, self._kit.means, prompts, lambda _: Guard(prompts.own, _NEVER))


def _impersonal(text: str) -> str:
    """A document without addresses, numbers and the like; as many characters."""
    return blotted(text[:MOST_CHARS]).replace(BLOT, " ")


async def _sections(reply: Reply) -> Sequence[Section]:
    async with aclosing(rest(reply)) as said:
        async for each in said:
            if isinstance(each, list):
                return each
    return ()


def _profile(sections: Sequence[Section], document: Evidence) -> Profile:
    return Profile(
        skills=tuple(dict.fromkeys(_skills(sections, document)))[:MOST_SKILLS],
        experience=_entries(sections, "experience", document),
        projects=_entries(sections, "project", document),
        education=_entries(sections, "education", document),
    )


def _skills(sections: Sequence[Section], document: Evidence) -> Iterator[str]:
    for section in sections:
        if section.mark.name == "skill":
            # Sloppy models put several behind one mark.
            for line in re.split(r"[\n,;]", section.text):
                if found := document.find_name(_bare(line)):
                    yield found[:MOST_OF_LINE]


def _entries(sections: Sequence[Section], name: str, document: Evidence) -> tuple[Entry, ...]:
    entries = (
        _entry(line, document)
        for section in sections
        if section.mark.name == name
        for line in section.text.splitlines()
    )
    found = dict.fromkeys(entry for entry in entries if entry is not None)
    return tuple(found)[:MOST_ENTRIES]


def _entry(line: str, document: Evidence) -> Entry | None:
    """An entry whose title stands in the document; the rest of it as far as it does."""
    parts = [_bare(part) for part in line.split("|")]
    parts += [""] * (4 - len(parts))
    title, place, period = (document.find_name(part) or "" for part in parts[:3])
    if not title:
        return None
    detail = in_a_line(parts[3]) if document.bears(parts[3]) else ""
    title, place, period = (in_a_line(each)[:MOST_OF_LINE] for each in (title, place, period))
    return Entry(title, place, period, detail[:MOST_OF_DETAIL])


def _bare(text: str) -> str:
    return _BULLET.sub("", text).strip(" \t\"'“”‘’·")
