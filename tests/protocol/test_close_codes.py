"""The table of `protocol.md` 8: the band tells what to do."""

import pytest

from protocol.close_codes import MEANINGS, Action, Close, action

ACTIONS: dict[int, Action] = {
    1000: "done",
    1001: "reconnect",
    1002: "stop",
    1003: "stop",
    1006: "reconnect",
    1007: "stop",
    1009: "stop",
    1011: "reconnect",
    1012: "reconnect",
    1013: "reconnect",
    4100: "reconnect_now",
    4101: "reconnect",
    4103: "reconnect",
    4104: "reconnect",
    4106: "reconnect",
    4400: "stop",
    4401: "renew_token",
    4403: "stop",
    4404: "stop",
    4408: "stop",
    4409: "stop",
}


@pytest.mark.parametrize("code", ACTIONS)
def test_a_code_says_what_to_do(code: int) -> None:
    assert action(code) == ACTIONS[code]
    assert MEANINGS[code].text


def test_the_table_has_no_other_codes() -> None:
    assert set(MEANINGS) == set(ACTIONS)


@pytest.mark.parametrize("code", list(Close))
def test_what_a_server_closes_with_is_in_the_table(code: Close) -> None:
    assert code in MEANINGS


@pytest.mark.parametrize("code", [1005, 1008, 1014, 1015, 4105, 4199])
def test_an_unknown_code_of_the_transport_or_of_41xx_means_reconnect(code: int) -> None:
    assert action(code) == "reconnect"


@pytest.mark.parametrize("code", [3000, 4000, 4200, 4410, 4499, 4500, 4999])
def test_any_other_unknown_code_means_stop(code: int) -> None:
    assert action(code) == "stop"
