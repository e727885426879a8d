"""Measures this code: lines a file, long functions, the largest class, import cycles.

`python -m scripts.code_figures` prints one row of a table, to be read beside the same figures of
other code. Counted are the three packages, without the tests. A line is a line of the file, blank
or comment or not; a function's or a class's lines run from its `def` or `class` to its last.
"""

import ast
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocol", "storage", "realtime")
LONG_FUNCTION_LINES = 100

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A source file, parsed; `path` is relative to the root, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, text: str) -> "Module":
        """A module from its text; SyntaxError if it isn't Python."""
        return cls(path, text, ast.parse(text, path))

    @property
    def name(self) -> str:
        """The dotted name under which it is imported."""
        return ".".join(PurePosixPath(self.path).with_suffix("").parts).removesuffix(".__init__")

    @property
    def package(self) -> str:
        """The dotted name from which its relative imports count."""
        is_package = self.path.endswith("/__init__.py")
        return self.name if is_package else self.name.rpartition(".")[0]

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    def functions(self) -> Iterator[Function]:
        """Every function, method and nested function."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and absolute dotted name of each import; `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                # One dot is the package itself, each further one its parent.
                base = self.package.split(".")[: 1 - node.level or None] if node.level else []
                base += [node.module] if node.module else []
                yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)


def read_modules(folders: Iterable[str]) -> list[Module]:
    """The modules in these folders of the root and below, in a settled order."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [
        Module.parse(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
    ]


def lines_of(node: ast.ClassDef | Function) -> int:
    """How many lines a function or a class spans, its decorators not counted."""
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def modules_in_cycles(modules: Iterable[Module]) -> list[str]:
    """Names of the modules from which a chain of imports leads back to themselves."""
    by_name = {module.name: module for module in modules}
    graph: dict[str, set[str]] = {}
    for name, module in by_name.items():
        # What isn't a module itself is a name in one.
        targets = {
            imported if imported in by_name else imported.rpartition(".")[0]
            for _, imported in module.imports()
        }
        graph[name] = targets & by_name.keys() - {name}

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = graph[waiting.pop()] - seen
            seen |= new
            waiting += new
        return seen

    return sorted(name for name in graph if name in reachable(name))


def row(modules: list[Module]) -> str:
    """The table row for these modules."""
    sizes = [module.lines for module in modules]
    functions = [lines_of(function) for module in modules for function in module.functions()]
    classes = [lines_of(found) for module in modules for found in module.classes()]
    cycles = modules_in_cycles(modules)
    cells = [
        "viva",
        f"{statistics.median(sizes):.0f} / {max(sizes):,}",
        f"{sum(lines > LONG_FUNCTION_LINES for lines in functions)}",
        f"{max(classes):,}",
        f"{len(cycles)} modules" if cycles else "none",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("| codebase | lines a file, median / largest | functions over 100 lines ", end="")
    print("| largest class | import cycles |\n|---|---|---|---|---|")
    print(row(read_modules(PACKAGES)))
