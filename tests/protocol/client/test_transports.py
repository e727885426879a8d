"""Which transport comes next. How a client fares with it is in the cases (`transports.json`)."""

from protocol.client.transports import (
    BACK_AFTER_MS,
    BACK_AFTER_WHILE_SPEAKING_MS,
    TransportChoice,
)


def test_a_websocket_that_opens_now_and_then_is_not_blocked() -> None:
    choice = TransportChoice()
    for _ in range(5):
        choice.unreached("websocket", 0, speaking=False)
        assert choice.choose(0) == "websocket"
        choice.opened("websocket")


def test_two_in_a_row_that_never_open_are_enough() -> None:
    choice = TransportChoice()
    choice.unreached("websocket", 0, speaking=False)
    choice.unreached("websocket", 10, speaking=False)
    assert choice.choose(10) == "events"
    assert choice.back_at == 10 + BACK_AFTER_MS


def test_an_event_stream_that_opens_is_stayed_with() -> None:
    choice = TransportChoice()
    choice.not_spoken(0, speaking=False)
    choice.opened("events")
    assert choice.choose(BACK_AFTER_MS - 1) == "events"
    assert choice.choose(BACK_AFTER_MS) == "websocket"


def test_who_is_speaking_goes_back_sooner() -> None:
    choice = TransportChoice()
    choice.not_spoken(0, speaking=True)
    assert choice.choose(BACK_AFTER_WHILE_SPEAKING_MS) == "websocket"
