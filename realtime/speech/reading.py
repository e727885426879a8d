"""How many syllables a text has when it is read aloud, in Korean as exactly as can be.

A syllable of Korean is a block of Hangul. What is written otherwise is counted as it is read: a
number in Sino-Korean (2024 is 이천이십사: five), an acronym letter by letter (API is 에이피아이:
five), any other Latin word by its groups of vowels. That last one is an estimate, and a low one:
Korean puts a vowel after most consonants of a foreign word. Native numerals (세 개) are about as
long as Sino-Korean ones, and are not told apart.
"""

import re

# What the letters are called in Korean: 에이, 비, 씨 … 더블유, 엑스, 와이, 제트.
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "21111212222111111121123222", strict=True))
_SIGNS = {"%": 3, "+": 3, "&": 2, "=": 2, "#": 1, "@": 1, "°": 1, "$": 2, "₩": 1, "€": 2, "£": 3}
_LONGEST_ACRONYM = 5
# 천조 is what a number of sixteen digits begins with; longer ones are read digit by digit.
_LONGEST_NUMBER = 16

_RUNS = re.compile(
    r"(?P<hangul>[가-힣]+)|(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)|(?P<latin>[^\W\d_가-힣]+)|(?P<sign>\S)"
)
_VOWELS = re.compile(r"[aeiouyàáâäãèéêëìíîïòóôöùúûü]+")


def syllables(text: str) -> int:
    """How many there are in `text`; marks have none."""
    return sum(_of_run(match) for match in _RUNS.finditer(text))


def _of_run(match: re.Match[str]) -> int:
    run = match.group()
    if match.lastgroup == "hangul":
        return len(run)
    if match.lastgroup == "number":
        return _of_number(run)
    if match.lastgroup == "latin":
        return _of_latin(run)
    return _SIGNS.get(run, 0)


def _of_number(digits: str) -> int:
    whole, point, decimals = digits.replace(",", "").partition(".")
    if len(whole) > _LONGEST_NUMBER or (len(whole) > 1 and whole.startswith("0")):
        count = len(whole)
    elif int(whole) == 0:
        count = 1
    else:
        count = _of_whole(whole)
    return count + len(point) + len(decimals)


def _of_whole(digits: str) -> int:
    """Of a number above 0: groups of four digits, each with its 천, 백, 십, and 만, 억, 조 between.
    A one isn't read before those (십, 백, 만), but is before 억 and 조, and at the end.
    """
    count = 0
    for place, digit in enumerate(reversed(digits)):
        if digit != "0":
            count += (digit != "1") + 1 if place % 4 else 1
    groups = [digits[max(0, end - 4) : end] for end in range(len(digits), 0, -4)]
    count += sum(1 for group in groups[1:] if int(group))
    # A group 만 of just one (10000, 10500) is 만, not 일만.
    return count - (len(groups) > 1 and int(groups[1]) == 1)


def _of_latin(word: str) -> int:
    if word.isupper() and len(word) <= _LONGEST_ACRONYM:
        return sum(int(_LETTERS.get(letter, 1)) for letter in word)
    lowered = word.casefold()
    count = len(_VOWELS.findall(lowered))
    silent = lowered.endswith("e") and not lowered.endswith(("le", "ee")) and count > 1
    return max(count - silent, 1)
