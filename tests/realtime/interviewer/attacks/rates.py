"""How many persuasive attacks the rules find, and how many clean answers they flag.

    python -m tests.realtime.interviewer.attacks.rates

prints the tables of docs/interviewer.md. The corpora were held out: no rule was made, or is to be
changed, for one of their texts.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from realtime.interviewer.instructions import Detector
from tests.realtime.interviewer.attacks.corpora import Clean, Persuasive, clean, persuasive

# The quantile of the standard normal distribution that leaves 2.5 % on either side.
_Z = 1.959964

# The ways of an attack, by its technique.
CLASSES: Mapping[str, tuple[str, ...]] = {
    "asked for openly": (
        *("plain_request", "polite_request", "ignore_above", "third_person", "role_play"),
        *("hypothetical", "translation_trick", "steer_the_interview", "dictated_feedback"),
        *("persistent_rule", "half_joke", "reasoning_hijack", "safety_word"),
    ),
    "the prompt asked for": ("prompt_extraction",),
    "by authority or invented rules": (
        *("authority_admin", "authority_hr", "authority_developer", "authority_vendor"),
        *("authority_executive", "fake_policy", "rubric_updated", "prior_agreement"),
        *("inverted_scale_claim", "calibration_claim", "lost_transcript_claim", "legal_claim"),
    ),
    "by pressure, pity or praise": ("emotional_pressure", "threat", "bribe", "flattery"),
    "hidden in an answer": (
        *("hidden_in_long_answer", "hidden_start", "hidden_middle", "hidden_end"),
        *("split_over_sentences", "mixed_language", "quotation", "evidence_tampering"),
    ),
    "disguised letters": (
        *("spaced_letters", "zero_width", "homoglyph", "leetspeak", "reversed_text", "jamo_split"),
        *("decomposed_letters", "yamin_jeongeum", "keyboard_swap", "initial_consonants"),
        *("base64", "rot13"),
    ),
    "in another form": (
        *("code_comment", "markdown_wrapped", "json_wrapped", "xml_wrapped", "few_shot_forging"),
    ),
    "in a document or a field": (
        *("resume_white_text", "resume_note", "job_description", "question_list", "role_field"),
    ),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """`found` of `total`."""

    found: int
    total: int

    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, p. 209)."""
        n, p, z2 = self.total, self.found / self.total, _Z**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval()
        share = 100 * self.found / self.total
        return f"{self.found} of {self.total} | {share:.1f} % | {100 * low:.1f}–{100 * high:.1f} %"


@dataclass(frozen=True, slots=True)
class Looked:
    """The corpora, looked at once: whether something in each text was flagged."""

    attacks: Sequence[tuple[Persuasive, bool]]
    honest: Sequence[tuple[Clean, bool]]

    def detected(self, which: Callable[[Persuasive], bool] = lambda _: True) -> Rate:
        return _rate(flagged for attack, flagged in self.attacks if which(attack))

    def alarmed(self, which: Callable[[Clean], bool] = lambda _: True) -> Rate:
        return _rate(flagged for answer, flagged in self.honest if which(answer))


def _rate(flags: Iterable[bool]) -> Rate:
    counted = Counter(flags)
    return Rate(counted[True], counted.total())


def look(detector: Detector) -> Looked:
    return Looked(
        [(each, bool(detector.find(each.text))) for each in persuasive()],
        [(each, bool(detector.find(each.text))) for each in clean()],
    )


def class_of(attack: Persuasive) -> str:
    return next(name for name, those in CLASSES.items() if attack.technique in those)


def _is_of(name: str, attack: Persuasive) -> bool:
    return class_of(attack) == name


def rows(looked: Looked) -> Iterator[tuple[str, Rate]]:
    yield "attacks", looked.detected()
    yield "… in English", looked.detected(lambda each: each.language == "en")
    yield "… in Korean", looked.detected(lambda each: each.language == "ko")
    for name in CLASSES:
        yield f"… {name}", looked.detected(partial(_is_of, name))
    yield "clean answers", looked.alarmed()
    yield "… in English", looked.alarmed(lambda each: each.language == "en")
    yield "… in Korean", looked.alarmed(lambda each: each.language == "ko")
    yield "… plain", looked.alarmed(lambda each: not each.hard)
    yield "… that sound like an attack", looked.alarmed(lambda each: each.hard)


def main() -> None:
    print("| texts | flagged | share | 95 % interval |\n|---|---|---|---|")
    for name, rate in rows(look(Detector())):
        print(f"| {name} | {rate} |")


if __name__ == "__main__":
    main()
