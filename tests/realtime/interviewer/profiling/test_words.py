"""The data that documents are read by, and how skills are found in a text."""

from collections import Counter
from typing import get_args

import pytest
from msgspec import toml

from protocol.documents import DocumentKind
from realtime.interviewer.files import DATA
from realtime.interviewer.profiling.words import Skills, letters, load_skills, load_words


@pytest.mark.parametrize("kind", get_args(DocumentKind))
def test_no_heading_begins_two_sections(kind: DocumentKind) -> None:
    raw = toml.decode((DATA / "profile.toml").read_bytes())["headings"][kind]
    sections: dict[str, set[str]] = {}
    for section, names in raw.items():
        for name in names:
            sections.setdefault(letters(name), set()).add(section)
    assert {name: found for name, found in sections.items() if len(found) > 1} == {}
    assert set(load_words().headings[kind]) == set(sections)


def test_no_skill_is_listed_twice() -> None:
    groups = toml.decode((DATA / "skills.toml").read_bytes())["names"]
    counts = Counter(name.removeprefix("=").casefold() for group in groups for name in group)
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Spring Boot와 JPA로 개발", ["Spring Boot", "JPA"]),
        ("도커/쿠버네티스를 운영", ["도커", "쿠버네티스"]),
        ("CI/CD, UI/UX and A/B testing.", ["CI/CD", "UI/UX", "A/B testing"]),
        ("C++, C# and .NET", ["C++", "C#", ".NET"]),
        ("REST API와 gRPC", ["REST API", "gRPC"]),
        ("Pythonic javascripty kafkaesque", []),
        ("자바칩 프라푸치노", []),
        ("I let it go. Go on.", []),
        ("written in Go and Rust", ["Go", "Rust"]),
        ("vitamin C", []),
        ("C, R, Go", ["C", "R", "Go"]),
    ],
)
def test_skills_are_found_as_words(text: str, found: list[str]) -> None:
    assert [text[each.start : each.end] for each in load_skills().find(text)] == found


def test_names_that_mean_the_same_have_one_name() -> None:
    skills = Skills([("Kubernetes", "k8s", "쿠버네티스"), ("=Go", "Golang")])
    assert skills.name("K8S") == skills.name("쿠버네티스") == "kubernetes"
    assert skills.name("Go") == skills.name("golang") == "go"
    assert skills.name("Falconry") == "falconry"
