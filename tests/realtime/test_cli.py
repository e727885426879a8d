"""The `viva` command, as a process: what it says, where, and with which status it ends."""

import json
import os
import re
import signal
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from realtime.cli import app
from realtime.model_settings import PROVIDERS, USUAL, Provider
from realtime.server import listen
from realtime.settings import NAMES, default, variable
from storage.database import Database
from storage.interviews import StoredInterviews
from storage.writer import Writer
from tests.emulators.emulator import Settings as EmulatorSettings
from tests.emulators.emulator import emulate
from tests.emulators.script import saying
from tests.realtime.serving import Conversation
from tests.realtime.viva import Ended, Serving, serving, viva
from tests.storage.booked import request, store
from tests.storage.made import make
from tests.storage.migrated import new_id

if TYPE_CHECKING:
    from sqlalchemy import URL

pytestmark = pytest.mark.anyio

EMULATED: dict[Provider, tuple[str, str]] = {
    "openai": ("/v1", "gpt-5-mini"),
    "gemini": ("", "gemini-2.5-flash"),
}
NOWHERE = "postgresql://viva:hunter2@127.0.0.1:1/viva"
SECRET_ANSWER = "I rewrote the billing system by myself."


@pytest.fixture
def database(migrated_url: "URL") -> str:
    return migrated_url.render_as_string(hide_password=False)


def complaint(ended: Ended, status: int) -> str:
    """The one sentence that it ended with."""
    assert (ended.status, ended.out) == (status, ""), ended
    assert ended.err.count("\n") == 1, ended.err
    return ended.err


def postmaster(data_dir: Path) -> int:
    """The process of the embedded database."""
    (file,) = data_dir.rglob("postmaster.pid")
    return int(file.read_text().split()[0])


async def opened(running: Serving) -> Conversation:
    """A new interview, started over a WebSocket."""
    async with running.client() as client:
        made = await client.post("/v1/interviews", json={"role": "backend"})
    url = f"{running.url.replace('http', 'ws')}/v1/interviews/{made.json()['id']}/ws"
    connection = await connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None)
    conversation = Conversation(connection)
    await conversation.send(type="session.open", id="o")
    await conversation.until("session.opened")
    await conversation.send(type="interview.start", id="start")
    return conversation


def called(*arguments: str, settings: Mapping[str, str] | None = None) -> Ended:
    """Call a command that ends before it does anything, here and now."""
    usual = (name for several in USUAL.values() for name in several)
    nothing = dict.fromkeys((*map(variable, NAMES), *usual))
    result = CliRunner().invoke(app, [*arguments], env={**nothing, **(settings or {})})
    return Ended(result.exit_code, result.stdout, result.stderr)


# --- help --------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_the_commands(flag: str) -> None:
    ended = called(flag)
    assert (ended.status, ended.err) == (0, "")
    for command in ("serve", "migrate", "doctor"):
        assert f"\n  {command} " in ended.out


def test_help_tells_each_flag_with_its_variable_default_and_examples() -> None:
    told = " ".join(called("serve", "--help").out.split())
    flags = ("host", "port", "data_dir", "database_url", "interviewer", "seed", "pace")
    for name in flags:
        assert f"--{name.replace('_', '-')} VALUE" in told
        assert f"[{variable(name)}; default: {default(name)}]" in told
    assert "viva serve --port 0" in told
    for command in ("migrate", "doctor"):
        assert f" viva {command}" in called(command, "--help").out


@pytest.mark.parametrize("call", [("sing",), ("serve", "--volume", "11"), ("serve", "extra")])
def test_a_call_that_makes_no_sense_ends_with_2(call: tuple[str, ...]) -> None:
    assert called(*call).status == 2


# --- what keeps it from serving ----------------------------------------------------------------


def test_it_refuses_to_listen_beyond_this_machine() -> None:
    said = complaint(called("serve", "--host", "0.0.0.0"), 2)
    assert said.startswith('--host is "0.0.0.0": nobody has to sign in')


@pytest.mark.parametrize("command", ["serve", "migrate", "doctor"])
def test_a_wrong_setting_ends_every_command_with_2(command: str) -> None:
    ended = called(command, settings={"VIVA_PORT": "many"})
    assert complaint(ended, 2) == 'VIVA_PORT is "many": a whole number is expected.\n'


async def test_the_console_script_ends_with_the_same_status() -> None:
    said = complaint(await viva("serve", settings={"VIVA_HOST": "0.0.0.0"}), 2)
    assert said.startswith('VIVA_HOST is "0.0.0.0": ')


async def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        said = complaint(await viva("serve", "--port", str(port)), 1)
    assert said.startswith(f"127.0.0.1 port {port} can't be listened on: Address already in use.")


async def test_a_database_that_isnt_there_is_told_without_its_password() -> None:
    said = complaint(await viva("serve", "--port", "0", settings={"VIVA_DATABASE_URL": NOWHERE}), 1)
    assert "no connection to the database" in said
    assert "hunter2" not in said


async def test_a_data_directory_that_is_in_use_is_named(tmp_path: Path) -> None:
    async with serving("--data-dir", str(tmp_path)):
        said = complaint(await viva("serve", "--port", "0", "--data-dir", str(tmp_path)), 1)
        assert str(tmp_path) in said


# --- serving -----------------------------------------------------------------------------------


async def test_it_says_in_one_line_where_it_listens_and_is_ready(database: str) -> None:
    async with serving("--database-url", database) as running:
        async with running.client() as client:
            assert (await client.get("/readyz")).status_code == 200
        running.process.terminate()
        ended = await running.ended()
        assert (ended.status, ended.out) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_sends_clients_elsewhere_and_ends_with_0(
    database: str, number: signal.Signals
) -> None:
    async with serving("--database-url", database) as running:
        conversation = await opened(running)
        await conversation.until("question.started")
        running.process.send_signal(number)
        told = await conversation.until("server.draining")
        assert told["reconnect_within_ms"] > 0
        assert await conversation.close_code() == 4100
        assert (await running.ended()).status == 0


async def test_a_client_that_has_not_opened_yet_does_not_hold_up_the_end(database: str) -> None:
    async with serving("--database-url", database) as running:
        url = f"{running.url.replace('http', 'ws')}/v1/interviews/any/ws"
        async with connect(url, subprotocols=[Subprotocol("viva.v1")], proxy=None):
            running.process.terminate()
            ended = await running.ended()
            assert ended.status == 0
            assert "drain_took_too_long" not in ended.err


async def test_a_second_signal_ends_it_at_once(database: str) -> None:
    async with serving("--database-url", database) as running:
        conversation = await opened(running)
        # It takes nothing more, not even the close: draining waits for it.
        conversation.connection.transport.pause_reading()
        running.process.terminate()
        await running.logged("draining")
        running.process.terminate()
        assert (await running.ended()).status == -signal.SIGTERM
        conversation.connection.transport.abort()


async def test_what_was_said_is_there_after_a_restart(tmp_path: Path) -> None:
    kept = ("--data-dir", str(tmp_path), "--pace", "0")
    async with serving(*kept) as running:
        conversation = await opened(running)
        await conversation.until("question.completed")
        await conversation.send(type="answer.submit", id="a", turn=1, text=SECRET_ANSWER)
        await conversation.until("answer.accepted")
        async with running.client() as client:
            before = (await client.get("/v1/interviews")).json()["items"][0]
        running.process.kill()
        await running.ended()
    async with serving(*kept) as running, running.client() as client:
        after = (await client.get("/v1/interviews")).json()["items"][0]
        assert after["turns"][0] == before["turns"][0] | {"feedback": after["turns"][0]["feedback"]}
        assert after["turns"][0]["answer"] == SECRET_ANSWER


async def test_logs_are_json_and_tell_no_answer(database: str, tmp_path: Path) -> None:
    json_logs = {
        "VIVA_LOG_FORMAT": "json",
        "VIVA_LOG_LEVEL": "debug",
        "VIVA_PAGE_DIR": str(tmp_path),
        "VIVA_PROT": "1",
    }
    async with serving("--database-url", database, "--pace", "0", settings=json_logs) as running:
        conversation = await opened(running)
        await conversation.until("question.completed")
        await conversation.send(type="answer.submit", id="a", turn=1, text=SECRET_ANSWER)
        await conversation.until("feedback.completed")
        async with running.client() as client:
            await client.get("/v1/interviews", headers={"Authorization": "Bearer hunter2"})
        running.process.terminate()
        logs = (await running.ended()).err
    events = [json.loads(line) for line in logs.splitlines()]
    said = {each["event"] for each in events}
    assert {"unknown_setting", "page_not_built", "draining", "stopped"} <= said
    assert events[0]["did_you_mean"] == "VIVA_PORT"
    for secret in (SECRET_ANSWER, "billing", "hunter2", database):
        assert secret not in logs


async def test_it_ends_when_its_database_does(tmp_path: Path) -> None:
    async with serving("--data-dir", str(tmp_path)) as running:
        os.kill(postmaster(tmp_path), signal.SIGQUIT)
        ended = await running.ended()
        assert ended.status == 1
        assert "PostgreSQL has stopped by itself" in ended.err


# --- migrate and doctor ------------------------------------------------------------------------


async def test_migrate_tells_from_where_to_where(database_url: "URL") -> None:
    url = {"VIVA_DATABASE_URL": database_url.render_as_string(hide_password=False)}
    first = await viva("migrate", settings=url)
    assert re.fullmatch(r"The schema was at nothing, and is now at \w+\.\n", first.out)
    again = await viva("migrate", settings=url)
    assert re.fullmatch(r"The schema is up to date: \w+\.\n", again.out)
    assert first.status == again.status == 0


async def test_doctor_says_what_is_there_and_what_is_missing(database: str) -> None:
    ended = await viva("doctor", "--database-url", database)
    assert ended.status == 0, ended
    assert "ok      migrations" in ended.out
    checks = json.loads((await viva("doctor", "--json", "--database-url", NOWHERE)).out)
    failed = {check["name"] for check in checks if check["ok"] is False}
    assert failed == {"database"}
    assert (await viva("doctor", "--database-url", NOWHERE)).status == 1


async def test_doctor_sees_that_migrations_are_missing_and_runs_none(database_url: "URL") -> None:
    url = {"VIVA_DATABASE_URL": database_url.render_as_string(hide_password=False)}
    for _ in range(2):
        ended = await viva("doctor", settings=url)
        assert ended.status == 1
        assert "FAILED  migrations" in ended.out
        assert "run `viva migrate`" in ended.out


async def test_doctor_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ended = await viva("doctor", "--data-dir", str(data))
    assert ended.status == 0, ended
    assert "it works here" in ended.out
    assert not data.exists()


async def test_doctor_finds_the_server_that_uses_the_database(tmp_path: Path) -> None:
    async with serving("--data-dir", str(tmp_path)) as running:
        ended = await viva("doctor", "--data-dir", str(tmp_path), "--port", running.port)
        assert ended.status == 0, ended
        assert f"in use by the server at {running.url}" in ended.out
        elsewhere = await viva("doctor", "--data-dir", str(tmp_path), "--port", "1")
        assert elsewhere.status == 1
        assert "Another server is running" in elsewhere.out


async def test_doctor_says_which_interviewer_and_never_the_key(database: str) -> None:
    ended = await viva(
        *("doctor", "--database-url", database),
        settings={"OPENAI_API_KEY": "sk-hunter2", "VIVA_INTERVIEWERS": "gemini openai"},
    )
    assert ended.status == 0, ended
    assert "ok      interviewer     openai (there is a key), then offline" in ended.out
    assert "-       gemini          not used: there is no key" in ended.out
    assert "hunter2" not in ended.out + ended.err


async def test_doctor_says_what_an_interview_took(database: str, migrated_url: "URL") -> None:
    async with aclosing(Database(database)) as made, aclosing(Writer(database)) as writer:
        interviews = StoredInterviews(made, writer, owner="tests", new_id=new_id)
        interview = await make(interviews, "mina")
    doctor = ("doctor", "--database-url", database, "--interview", interview)
    assert (await viva(*doctor)).out == "No model was asked.\n"
    await store(migrated_url, request("mina", interview, cost_micro_usd=42))
    ended = await viva(*doctor)
    assert (ended.status, ended.err) == (0, "")
    assert [line.split()[:2] for line in ended.out.splitlines()] == [
        ["turn", "work"],
        ["1", "question"],
        ["all", "1"],
    ]
    (work,) = json.loads((await viva(*doctor, "--json")).out)
    assert (work["turn"], work["outcomes"], work["cost_micro_usd"]) == (1, {"stop": 1}, 42)


async def test_doctor_says_so_too_while_a_server_is_at_work_on_the_database(tmp_path: Path) -> None:
    async with serving("--data-dir", str(tmp_path)) as running:
        async with running.client() as client:
            made = (await client.post("/v1/interviews", json={"role": "backend"})).json()["id"]
        ended = await viva("doctor", "--data-dir", str(tmp_path), "--interview", made)
        assert (ended.out, ended.err, ended.status) == ("No model was asked.\n", "", 0)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_doctor_asks_models_whether_they_will_do(provider: Provider) -> None:
    version, model = EMULATED[provider]
    async with emulate(provider, saying("Hello."), EmulatorSettings(key="hunter2")) as emulator:
        for key, word in (("hunter2", "ok"), ("hunter3", "FAILED")):
            ended = await viva(
                *("doctor", "--ask-models", "--database-url", NOWHERE),
                settings={
                    f"VIVA_{provider.upper()}_API_KEY": key,
                    f"VIVA_{provider.upper()}_BASE_URL": f"{emulator.url}{version}",
                    f"VIVA_{provider.upper()}_MODEL": model,
                },
            )
            (line,) = [line for line in ended.out.splitlines() if f"{provider}_asked" in line]
            assert line.split()[0] == word, line
            assert key not in ended.out + ended.err


async def test_doctor_makes_no_database_to_look_into(tmp_path: Path) -> None:
    ended = await viva("doctor", "--data-dir", str(tmp_path / "none"), "--interview", "any")
    assert complaint(ended, 1).startswith("There is no database in")
    assert not (tmp_path / "none").exists()


async def test_doctor_knows_no_such_interview(database: str) -> None:
    ended = await viva("doctor", "--database-url", database, "--interview", "none")
    assert complaint(ended, 1) == 'There is no interview "none".\n'


async def test_doctor_looks_into_no_older_database(database_url: "URL") -> None:
    url = database_url.render_as_string(hide_password=False)
    said = complaint(await viva("doctor", "--database-url", url, "--interview", "none"), 1)
    assert "run `viva migrate`" in said


async def test_openapi_prints_what_a_server_tells(database: str) -> None:
    ended = await viva("openapi")
    assert (ended.status, ended.err) == (0, "")
    async with serving("--database-url", database) as running, running.client() as client:
        assert (await client.get("/v1/openapi.json")).json() == json.loads(ended.out)
