"""Scenes for tests: a work in a state, with what belongs to it."""

from collections.abc import Sequence

from protocol.draft import State
from protocol.effects import Work
from realtime.interviewer.leading.briefing import Briefing
from realtime.interviewer.leading.context import Frame
from realtime.interviewer.leading.scene import Kit, Scene
from realtime.interviewer.offline.chance import Chance
from realtime.interviewer.offline.desk import Desk
from realtime.ports import Paper


def scene_of(kit: Kit, work: Work, state: State, papers: Sequence[Paper] = ()) -> Scene:
    interview = state.view.interview
    prompts = kit.prompts[interview.config.language]
    frame = Frame(prompts.words, kit.detector)
    desk = Desk(kit.library, Chance(0, interview.id), interview, tuple(papers))
    briefing = Briefing(desk, prompts, frame)
    return Scene("u-1", work, state, kit, briefing, frame)
