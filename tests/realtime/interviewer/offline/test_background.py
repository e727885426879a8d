"""What the documents tell before the first word."""

from protocol.documents import Entry, Profile
from realtime.interviewer.offline.background import Background
from realtime.interviewer.offline.library import Library
from realtime.interviewer.offline.text import stems
from realtime.ports import Paper

DETAIL = """Helped with the on-call rota
- Cut p99 latency of the **payment** API from 900 ms
  to 200 ms
- Led a team of 4
- SQL"""


def background(library: Library, *papers: Paper, job: str | None = None) -> Background:
    return Background(papers, job, library.lexicons)


def resume(*entries: Entry, skills: tuple[str, ...] = ()) -> Paper:
    return Paper("resume", "As it was written.", Profile(skills=skills, experience=entries))


def test_facts_are_whole_and_those_with_figures_come_first(library: Library) -> None:
    (story,) = background(library, resume(Entry("Engineer", "Acme", detail=DETAIL))).stories
    assert story.facts == (
        "Cut p99 latency of the payment API from 900 ms to 200 ms",
        "Helped with the on-call rota",
        "Led a team of 4",
    )
    assert story.quote == story.facts[0]
    assert story.name == "Acme, Engineer"


def test_prose_that_goes_on_over_lines_is_joined(library: Library) -> None:
    detail = "grew the Ohio territory from 40\nto 95 accounts. Won a prize."
    (story,) = background(library, resume(Entry("Seller", detail=detail))).stories
    assert story.facts == ("grew the Ohio territory from 40 to 95 accounts", "Won a prize")


def test_without_facts_a_story_goes_by_its_name(library: Library) -> None:
    (story,) = background(library, resume(Entry("Engineer", "Acme"))).stories
    assert story.quote == "Acme, Engineer"


def test_what_was_told_is_told(library: Library) -> None:
    (story,) = background(library, resume(Entry("Engineer", detail=DETAIL))).stories
    first, second, third = story.facts
    assert story.untold("") == (first, second, third)
    assert story.untold("I brought the latency of the payment API to 200 ms.") == (second, third)
    assert story.untold("The latency of the payment API, its p99, was cut.") == (
        first,
        second,
        third,
    )


def test_a_posted_and_an_uploaded_job_description_are_the_same(library: Library) -> None:
    text = "Requirements\n- Kafka and SQL\n- 3 years of experience with Go"
    posted = background(library, job=text)
    uploaded = background(library, Paper("job_description", text, None))
    assert posted.job == uploaded.job == stems(text)
    assert posted.asked_skills == uploaded.asked_skills == ("Kafka", "SQL", "Go")


def test_a_profile_that_was_stored_is_gone_by(library: Library) -> None:
    paper = Paper("job_description", "Requirements\n- Kafka", Profile(skills=("Falconry",)))
    assert background(library, paper).asked_skills == ("Falconry",)
    paper = Paper("resume", "Skills\nKafka", None)
    assert background(library, paper).own_skills == ("Kafka",)


def test_the_nearest_story_is_found_or_none(library: Library) -> None:
    known = background(
        library,
        resume(Entry("Engineer", detail="Rewrote the payment gateway"), Entry("Gardener of roses")),
    )
    found = known.near(stems("Who wrote the gateway for payments and payment requests?"))
    assert found is not None
    assert found.entry.title == "Engineer"
    assert known.near(stems("What is a tulip?")) is None
    assert background(library).near(stems("payment gateway")) is None
    assert background(library).resume == frozenset()
