"""Settings: where they come from, which wins, and what is said of a wrong one."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from realtime.model_settings import USUAL
from realtime.settings import NAMES, WrongSetting, load, reference, unknown, variable
from realtime.trust import PUBLISHED_SECRETS

GOOD_SECRET = "correct horse battery staple, and then some"
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)
    for usual in USUAL.values():
        for name in usual:
            monkeypatch.delenv(name, raising=False)


def test_without_any_there_are_defaults() -> None:
    settings = load({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url is None
    assert settings.allowed_origins == frozenset()


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_PORT", "1")
    monkeypatch.setenv("VIVA_SEED", "7")
    settings = load({"port": "2", "seed": None})
    assert (settings.port, settings.seed) == (2, 7)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_PORT", "")
    assert load({}).port == 8000


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_ALLOWED_ORIGINS", "https://A.example, http://b.example:8080/ ,")
    assert load({}).allowed_origins == {"https://a.example", "http://b.example:8080"}
    assert load({"allowed_origins": "*"}).allowed_origins == {"*"}


@pytest.mark.parametrize("given", ["/viva/", "/viva"])
def test_a_path_ends_without_a_slash(given: str) -> None:
    assert load({"root_path": given}).root_path == "/viva"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_may_be_listened_on(host: str) -> None:
    assert load({"host": host}).host == host


@pytest.mark.parametrize(
    "given", [{"jwt_secret": GOOD_SECRET}, {"jwks_url": "http://auth:9999/.well-known/jwks.json"}]
)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.org"])
def test_where_people_sign_in_any_address_may_be_listened_on(
    given: dict[str, str], host: str
) -> None:
    assert load({"host": host, **given}).host == host


def test_an_empty_secret_is_not_the_same_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a slip in a deployment would let everybody in."""
    monkeypatch.setenv("VIVA_JWT_SECRET", "")
    with pytest.raises(WrongSetting, match="VIVA_JWT_SECRET won't do: it must have at least 32"):
        load({})
    assert load({"jwt_secret": GOOD_SECRET}).jwt_secret is not None


def test_a_secret_from_a_manual_is_for_this_machine_alone() -> None:
    published = sorted(PUBLISHED_SECRETS)[0]
    assert load({"jwt_secret": published}).jwt_secret is not None
    with pytest.raises(WrongSetting, match="it is in a manual") as refused:
        load({"host": "0.0.0.0", "jwt_secret": published})
    assert published not in str(refused.value)


def test_a_secret_for_tickets_alone_signs_nobody_in() -> None:
    with pytest.raises(WrongSetting, match="nobody has to sign in"):
        load({"host": "0.0.0.0", "ticket_secret": GOOD_SECRET})


@pytest.mark.parametrize("name", ["jwt_secret", "ticket_secret"])
@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "at least 32 bytes"),
        ("hunter2hunter2hunter2hunter2hun", "at least 32 bytes"),
        ("a" * 64, "easy to guess"),
        ("abcabcabc" * 8, "easy to guess"),
        ("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0D", "it is a key, not a secret"),
    ],
)
def test_a_weak_secret_is_refused(name: str, secret: str, reason: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load({name: secret})
    assert reason in str(refused.value)
    assert not secret or secret not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "99999", "it must be at most 65535"),
        ("port", "-1", "it must be at least 0"),
        ("port", "http", "a whole number is expected"),
        ("seed", str(2**63), "it must be less than 9223372036854775808"),
        ("pace", "fast", "a number is expected"),
        ("pace", "nan", "a number is expected"),
        ("interviewer", "oracle", "it must be 'auto', 'offline', 'openai' or 'gemini'"),
        ("interviewer", "openai", "there is no key: set VIVA_OPENAI_API_KEY or OPENAI_API_KEY, or"),
        ("interviewer", "gemini", "set VIVA_GEMINI_API_KEY or GEMINI_API_KEY or GOOGLE_API_KEY"),
        ("interviewers", "openai oracle", '"oracle" is none of openai and gemini'),
        ("interviewers", "offline", '"offline" is none of openai and gemini'),
        ("interviewers", "gemini,gemini", "one of them is there twice"),
        ("interviewers", " , ", "at least one of openai and gemini is expected"),
        ("openai_base_url", "localhost:11434", "an address such as http://127.0.0.1:11434/v1"),
        ("openai_base_url", "http://[::1/v1", "an address such as http://127.0.0.1:11434/v1"),
        ("gemini_base_url", "http://here:99999", "an address such as http://127.0.0.1:11434/v1"),
        ("gemini_base_url", "http://:80/v1", "an address such as http://127.0.0.1:11434/v1"),
        ("gemini_base_url", "https://me:secret@here/v1", "an address such as"),
        ("gemini_base_url", "https://here/v1?key=1", "an address such as"),
        ("openai_model", "two words", "a model's name is one word"),
        ("openai_requests_per_minute", "-1", "it must be at least 0"),
        ("first_token_within_s", "0", "it must be more than 0"),
        ("cost_per_user_usd", "nan", "a number is expected"),
        ("cost_per_interview_usd", "-0.5", "it must be at least 0"),
        ("last_resort", "prayer", "it must be 'offline' or 'none'"),
        ("prices", "/no/such/file", "there is no such file"),
        ("root_path", "viva", "a path such as /viva is expected"),
        ("root_path", "/a b", "a path such as /viva is expected"),
        ("allowed_origins", "a.example", "a.example is no origin such as"),
        ("allowed_origins", "https://a.example/path", "is no origin such as"),
        ("page_dir", "/no/such/folder", "there is no such folder"),
        ("host", "0.0.0.0", "nobody has to sign in"),
        ("host", "::", "nobody has to sign in"),
        ("host", "192.168.1.5", "nobody has to sign in"),
        ("host", "example.org", "nobody has to sign in"),
        ("jwks_url", "auth.example.org", "an address such as https://"),
        ("jwks_url", "file:///etc/passwd", "an address such as https://"),
        ("jwks_url", "https://me:secret@auth.example.org/keys", "an address such as https://"),
    ],
)
def test_a_wrong_one_is_named_with_its_value_and_why(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WrongSetting) as by_flag:
        load({name: value})
    assert str(by_flag.value).startswith(f'--{name.replace("_", "-")} is "{value}": ')
    assert reason in str(by_flag.value)
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(WrongSetting) as by_variable:
        load({})
    assert str(by_variable.value).startswith(f'{variable(name)} is "{value}": ')
    assert reason in str(by_variable.value)


# --- secrets -----------------------------------------------------------------------------------

URL = "postgresql://viva:hunter2@db.example/viva"


def test_a_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "url"
    file.write_text(URL + "\n")
    monkeypatch.setenv("VIVA_DATABASE_URL_FILE", str(file))
    settings = load({})
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == URL
    other = load({"database_url": URL.replace("viva", "other")}).database_url
    assert other is not None
    assert "other" in other.get_secret_value()


def test_a_secret_that_is_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DATABASE_URL", URL)
    monkeypatch.setenv("VIVA_DATABASE_URL_FILE", "/run/secrets/url")
    with pytest.raises(WrongSetting, match="are both set"):
        load({})


def test_a_file_that_cant_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DATABASE_URL_FILE", "/no/such/file")
    with pytest.raises(WrongSetting, match='is "/no/such/file", which can\'t be read: No such'):
        load({})


@pytest.mark.parametrize("where", ["flag", "variable", "file"])
def test_a_secret_is_never_repeated(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "mysql://viva:hunter2@db"
    if where == "variable":
        monkeypatch.setenv("VIVA_DATABASE_URL", wrong)
    if where == "file":
        (tmp_path / "url").write_text(wrong)
        monkeypatch.setenv("VIVA_DATABASE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(WrongSetting) as refused:
        load({"database_url": wrong if where == "flag" else None})
    assert "begins with postgresql://" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(load({"database_url": URL, "port": "1"}))


# --- models ------------------------------------------------------------------------------------

KEY = "sk-and-so-on"


def test_by_default_models_are_used_if_there_are_any() -> None:
    settings = load({})
    assert (settings.interviewer, settings.interviewers) == ("auto", ("openai", "gemini"))
    assert settings.last_resort == "offline"
    assert (settings.openai_api_key, settings.gemini_base_url) == (None, None)


@pytest.mark.parametrize("given", ["gemini openai", "gemini,openai", " gemini, openai "])
def test_the_order_of_preference(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_INTERVIEWERS", given)
    assert load({}).interviewers == ("gemini", "openai")


@pytest.mark.parametrize(
    ("usual", "name"), [(usual, name) for name, several in USUAL.items() for usual in several]
)
def test_the_providers_usual_variables_are_read_where_ours_is_unset(
    usual: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(usual, "https://usual.example/v1")
    monkeypatch.setenv(variable(name), "")
    assert told(name) == "https://usual.example/v1"
    monkeypatch.setenv(variable(name), "https://ours.example/v1")
    assert told(name) == "https://ours.example/v1"


def told(name: str) -> str:
    value = getattr(load({}), name)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def test_the_usual_key_goes_to_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openais")
    monkeypatch.setenv("GEMINI_API_KEY", "geminis")
    monkeypatch.setenv("VIVA_OPENAI_BASE_URL", "https://elsewhere.example/v1")
    settings = load({})
    assert settings.openai_api_key is None
    assert settings.gemini_api_key is not None
    monkeypatch.setenv("VIVA_OPENAI_API_KEY", "elsewheres")
    own = load({}).openai_api_key
    assert own is not None
    assert own.get_secret_value() == "elsewheres"


def test_a_key_in_a_file_wins_over_the_usual_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    monkeypatch.setenv("VIVA_OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    assert told("openai_api_key") == KEY


def test_geminis_own_variable_comes_before_googles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "googles")
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert told("gemini_api_key") == KEY


def test_a_provider_that_was_chosen_needs_a_key_or_a_server() -> None:
    assert load({"interviewer": "openai", "openai_api_key": KEY}).interviewer == "openai"
    local = {"interviewer": "gemini", "gemini_base_url": "http://127.0.0.1:8080/"}
    assert load(local).gemini_base_url == "http://127.0.0.1:8080"
    with pytest.raises(WrongSetting, match="for a server that needs none"):
        load({"interviewer": "openai", "gemini_api_key": KEY})


@pytest.mark.parametrize("wrong", ["sk two words", "sk-ключ", "sk-\n-x"])
def test_a_key_that_cant_be_sent_is_named_by_its_variable_and_not_repeated(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", wrong)
    with pytest.raises(WrongSetting) as refused:
        load({"interviewer": "openai"})
    assert str(refused.value).startswith("OPENAI_API_KEY won't do: a key is one word")
    assert wrong not in str(refused.value)


# --- what is said of them ----------------------------------------------------------------------


def test_a_misspelt_variable_is_noticed() -> None:
    environment = ["VIVA_PROT", "VIVA_PORT", "VIVA_DATABASE_URL_FILE", "VIVA_XYZZY", "HOME"]
    assert unknown(environment) == {"VIVA_PROT": "VIVA_PORT", "VIVA_XYZZY": None}


def test_the_reference_is_up_to_date() -> None:
    """`python -m realtime.settings > docs/settings.md` makes it."""
    assert (ROOT / "docs" / "settings.md").read_text() == reference()


def test_every_setting_is_explained() -> None:
    for name in NAMES:
        assert f"| `{variable(name)}` | " in reference()
        assert f"| `{variable(name)}` | none |  |" not in reference()
    assert "| `VIVA_INTERVIEWERS` | openai, gemini | " in reference()
