"""Which transport comes next. How a client fares with it is in the cases (`transports.json`)."""

from protocol.client.transports import (
    BACK_AFTER_MS,
    SOON_BACK_AFTER_MS,
    TransportChoice,
)


def test_a_websocket_that_opens_now_and_then_is_not_blocked() -> None:
    choice = TransportChoice()
    for _ in range(5):
        choice.unreached("websocket", 0)
        assert choice.choose(0) == "websocket"
        choice.heard("websocket")


def test_two_in_a_row_that_never_open_are_enough() -> None:
    choice = TransportChoice()
    choice.unreached("websocket", 0)
    choice.unreached("websocket", 10)
    assert choice.choose(10) == "events"
    assert choice.choose(9 + BACK_AFTER_MS) == "events"
    assert choice.choose(10 + BACK_AFTER_MS) == "websocket"


def test_an_event_stream_that_opens_is_stayed_with() -> None:
    choice = TransportChoice()
    choice.not_spoken(0)
    assert choice.opened("events", 0, speaking=False) is None
    assert choice.choose(BACK_AFTER_MS - 1) == "events"
    assert choice.choose(BACK_AFTER_MS) == "websocket"


def test_it_is_left_soon_where_a_websocket_has_opened_before() -> None:
    choice = TransportChoice()
    assert choice.opened("websocket", 0, speaking=False) is None
    choice.not_spoken(0)
    assert choice.opened("events", 10, speaking=False) == 10 + SOON_BACK_AFTER_MS
    assert choice.choose(9 + SOON_BACK_AFTER_MS) == "events"
    assert choice.choose(10 + SOON_BACK_AFTER_MS) == "websocket"


def test_it_is_left_soon_by_who_is_speaking() -> None:
    choice = TransportChoice()
    choice.not_spoken(0)
    assert choice.opened("events", 0, speaking=True) == SOON_BACK_AFTER_MS
    assert choice.choose(SOON_BACK_AFTER_MS) == "websocket"


def test_a_stream_that_is_cut_again_and_again_puts_the_way_back_off_no_further() -> None:
    choice = TransportChoice()
    choice.heard("websocket")
    choice.not_spoken(0)
    choice.opened("events", 0, speaking=False)
    choice.opened("events", SOON_BACK_AFTER_MS - 1, speaking=False)
    assert choice.choose(SOON_BACK_AFTER_MS) == "websocket"
