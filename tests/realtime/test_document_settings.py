"""Settings about documents: each is checked, and an object store is set wholly or not at all."""

from pathlib import Path

import pytest

from realtime.document_parts import object_store, scanner
from realtime.settings import NAMES, SECRETS, WrongSetting, load, variable

STORE = {
    "s3_bucket": "papers",
    "s3_endpoint_url": "http://127.0.0.1:9000",
    "s3_access_key_id": "an-id",
    "s3_secret_access_key": "hunter2",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)
        monkeypatch.delenv(f"{variable(name)}_FILE", raising=False)


def test_without_any_files_are_in_the_database_and_nothing_scans_them() -> None:
    settings = load({})
    assert (settings.max_document_bytes, settings.documents_per_user) == (10 * 1024 * 1024, 50)
    assert settings.document_within_s == 180
    assert object_store(settings) is None
    assert scanner(settings) is None


def test_an_object_store_and_a_scanner_that_were_chosen() -> None:
    settings = load(STORE | {"s3_prefix": "/viva/files/", "clamd": "unix:///run/clamd.sock"})
    assert settings.s3_prefix == "viva/files"
    assert object_store(settings) is not None
    assert scanner(settings) is not None


def test_a_bucket_without_a_key_is_for_a_machine_that_has_a_role() -> None:
    assert object_store(load({"s3_bucket": "papers"})) is not None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("clamd", "127.0.0.1:3310", "an address such as tcp://127.0.0.1:3310 or unix:///"),
        ("clamd", "unix:clamd.sock", "an address such as tcp://127.0.0.1:3310 or unix:///"),
        ("scan_within_s", "0", "it must be more than 0"),
        ("document_within_s", "0", "it must be more than 0"),
        ("max_document_bytes", "10", "it must be at least 1024"),
        ("documents_per_user", "-1", "it must be at least 0"),
        ("s3_bucket", "two words", "a bucket's name is one word"),
        ("s3_bucket", "../up", "a bucket's name is one word"),
        ("s3_endpoint_url", "127.0.0.1:9000", "an address such as http://127.0.0.1:9000"),
        ("s3_prefix", "a/../b", "names with slashes between"),
        ("s3_prefix", "a b", "names with slashes between"),
        ("s3_region", "", "a region such as eu-central-1"),
        ("s3_region", "here/there", "a region such as eu-central-1"),
    ],
)
def test_a_wrong_one_is_named(name: str, value: str, reason: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load({**STORE, name: value})
    assert str(refused.value).startswith(f'--{name.replace("_", "-")} is "{value}": ')
    assert reason in str(refused.value)


@pytest.mark.parametrize("name", STORE.keys() - {"s3_bucket"})
def test_what_belongs_to_a_bucket_isnt_ignored_without_one(name: str) -> None:
    with pytest.raises(WrongSetting, match=rf"VIVA_S3_BUCKET.*VIVA_{name.upper()}"):
        load({name: STORE[name]})


@pytest.mark.parametrize("name", ["s3_access_key_id", "s3_secret_access_key"])
def test_half_a_key_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(WrongSetting, match="needs both") as refused:
        load({each: value for each, value in STORE.items() if each != name})
    assert "hunter2" not in str(refused.value)


def test_the_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "s3_secret_access_key" in SECRETS
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("VIVA_S3_SECRET_ACCESS_KEY_FILE", str(tmp_path / "secret"))
    without = {name: value for name, value in STORE.items() if name != "s3_secret_access_key"}
    secret = load(without).s3_secret_access_key
    assert secret is not None
    assert secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(load(without))
