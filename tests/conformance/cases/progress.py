"""The progress over finished interviews: their reports' scores (`protocol.md` 9)."""

from typing import Any

from tests.conformance.answers import hold, whole
from tests.conformance.case import Cases, require
from tests.conformance.cases.reports import done
from tests.conformance.line import Line, Message
from tests.conformance.shapes import moment, number, text
from tests.conformance.stage import Place, Stage

CASES = Cases()

LISTS = 'Lists take `?limit=&cursor=` and answer `{"items":[…],"next_cursor":…}`'
PROGRESS = "`{items: [{interview, finished_at, competency, score, max}]}`"


async def scored(stage: Stage, limit: int, place: Place, **options: Any) -> list[Message]:
    """The progress, page by page: until this interview's scores were all there, or to its end."""
    found: list[Message] = []
    cursor = ""
    while True:
        page = whole(await stage.http("GET", f"/v1/progress?limit={limit}{cursor}", **options))
        require(isinstance(page.get("items"), list), "The progress has no `items`.")
        require(len(page["items"]) <= limit, f"A page has {len(page['items'])} items.")
        found += page["items"]
        mine = [each for each in found if each["interview"] == place.id]
        passed = mine and found[-1]["interview"] != place.id
        if page.get("next_cursor") is None or passed:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def scores_of(line: Line) -> list[tuple[str, float]]:
    """The scores of the report that came last."""
    results = line.events[-1]["report"]["competencies"]
    return [(each["competency"], each["score"]) for each in results if each["score"] is not None]


@CASES.case("progress.items", PROGRESS)
async def items(stage: Stage) -> None:
    """The progress has every score of a finished interview's report."""
    place, line = await done(stage, feedback="each")
    found = await scored(stage, 100, place)
    shape = {"interview": text, "finished_at": moment, "competency": text, "max": number}
    for each in found:
        hold(each, shape, "An item")
    mine = {each["competency"]: each["score"] for each in found if each["interview"] == place.id}
    for name, score in scores_of(line):
        require(mine.get(name) == score, f"{name}: {mine.get(name)}, in the report {score}")


@CASES.case("progress.pages", LISTS, within_s=30)
async def pages(stage: Stage) -> None:
    """The progress comes in pages of at most the limit, and tells each score once."""
    place, line = await done(stage, feedback="each")
    mine = [
        (each["competency"], each["score"])
        for each in await scored(stage, 1, place)
        if each["interview"] == place.id
    ]
    require(sorted(mine) == sorted(scores_of(line)), f"Its scores, page by page: {mine}")


@CASES.case("progress.own", "An *interview* belongs to one user", needs=("second-user",))
async def own(stage: Stage) -> None:
    """Another user's scores are not in the progress."""
    place, _ = await done(stage, feedback="each")
    other = {"token": stage.target.other_token}
    found = await scored(stage, 100, place, **other)
    require(all(each["interview"] != place.id for each in found), "Another user's scores show.")


@CASES.case("progress.deleted", PROGRESS)
async def deleted(stage: Stage) -> None:
    """A deleted interview's scores are gone."""
    place, _ = await done(stage, feedback="each")
    gone = await stage.http("DELETE", place.path)
    require(gone.status_code == 204, f"DELETE was answered {gone.status_code}.")
    found = await scored(stage, 100, place)
    require(all(each["interview"] != place.id for each in found), "A deleted one's scores show.")
