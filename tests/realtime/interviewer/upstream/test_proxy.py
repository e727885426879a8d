"""Proxies as people name them."""

import pytest

from realtime.interviewer.upstream.client import http_proxy, system_proxy


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, None),
        ("", None),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("https://proxy.example", "https://proxy.example"),
        ("socks5://proxy.example:1080", None),
    ],
)
def test_a_proxy_is_an_http_proxy(given: str | None, url: str | None) -> None:
    assert http_proxy(given) == url


def test_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert system_proxy("https://models.example/v1") == "http://proxy.example:3128"
    assert system_proxy("https://127.0.0.1/v1") is None
