"""Scenes for tests: a work in a state, with what belongs to it."""

from collections.abc import Sequence

from protocol.draft import State
from protocol.effects import Work
from realtime.interviewer.leading.briefing import Briefing
from realtime.interviewer.leading.context import Frame
from realtime.interviewer.leading.criteria import criteria
from realtime.interviewer.leading.scene import Kit, Scene
from realtime.ports import Paper


def scene_of(kit: Kit, work: Work, state: State, papers: Sequence[Paper] = ()) -> Scene:
    config = state.view.interview.config
    prompts = kit.prompts[config.language]
    frame = Frame(prompts.words, kit.detector)
    judged = criteria(config, kit.library.rubric)
    briefing = Briefing(config, config.role, judged, papers, prompts, frame)
    return Scene("u-1", work, state, kit, briefing, frame)
