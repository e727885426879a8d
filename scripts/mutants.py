"""The mutants of a module: its source with one place changed."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A module with one change. `change` says which; `line` is where, in the original."""

    path: str
    line: int
    change: str
    source: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by, whatever line it has come to stand on."""
        return (self.path, self.change)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.change}"


# --- the phase table ------------------------------------------------------------------------------


def of_table(path: str, source: str) -> Iterator[Mutant]:
    """Each cell of `LEGAL` and `LEGAL_WHILE_PAUSED` the other way, and each entry of `ENTERS` gone,
    or leading elsewhere.
    """
    tree = ast.parse(source)
    tables = {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    legal, enters = tables["LEGAL"], tables["ENTERS"]
    assert isinstance(legal, ast.Dict) and isinstance(enters, ast.Dict)
    commands = sorted(_names_imported(tree, "protocol.commands") - {"Command"})
    cells = [(_text(key), value) for key, value in zip(legal.keys, legal.values, strict=True)]
    for row, value in [*cells, ("while paused", tables["LEGAL_WHILE_PAUSED"])]:
        assert isinstance(value, ast.Call)
        yield from _of_row(path, tree, row, value, commands)
    yield from _of_entries(path, tree, enters, [phase for phase, _ in cells])


def _of_row(
    path: str, tree: ast.Module, row: str, value: ast.Call, commands: list[str]
) -> Iterator[Mutant]:
    there = {_text(each) for argument in value.args for each in _elements(argument)}
    before = value.args
    for command in commands:
        changed = sorted(there ^ {command})
        value.args = [ast.Set([ast.Name(name) for name in changed])] if changed else []
        verb = "not legal" if command in there else "legal"
        yield Mutant(path, value.lineno, f"{command} {verb} in {row}", ast.unparse(tree))
    value.args = before


def _of_entries(
    path: str, tree: ast.Module, enters: ast.Dict, phases: list[str]
) -> Iterator[Mutant]:
    keys, values = enters.keys, enters.values
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        event, phase = _text(key), _text(value)
        enters.keys = [*keys[:place], *keys[place + 1 :]]
        enters.values = [*values[:place], *values[place + 1 :]]
        yield Mutant(path, value.lineno, f"{event} enters nothing", ast.unparse(tree))
        enters.keys = keys
        for other in phases:
            if other != phase:
                enters.values = [*values[:place], ast.Constant(other), *values[place + 1 :]]
                yield Mutant(path, value.lineno, f"{event} enters {other}", ast.unparse(tree))
        enters.values = values


def _names_imported(tree: ast.Module, module: str) -> set[str]:
    return {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def _elements(argument: ast.expr) -> list[ast.expr]:
    assert isinstance(argument, ast.Set)
    return argument.elts


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.Name)
    return node.id


# --- conditions, constants, statements ------------------------------------------------------------

_OTHERS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OTHER_CALLS = {"any": "all", "max": "min"}
_OTHER_SIGNS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_MOST_SHOWN = 70


def of_guards(path: str, source: str) -> Iterator[Mutant]:
    """Each comparison, condition, constant and statement in the functions of a module changed."""
    tree = ast.parse(source)
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        seen: Counter[str] = Counter()
        for node, put in list(_places(function)):
            for other in _others(node):
                what = f"{function.name}: {_brief(node)} -> {_brief(other)}"
                seen[what] += 1
                what += f" (the {seen[what]}. time)" if seen[what] > 1 else ""
                put(other)
                yield Mutant(path, node.lineno, what, ast.unparse(tree))
                put(node)


def _places(
    parent: ast.AST,
) -> Iterator[tuple[ast.expr | ast.stmt, Callable[[ast.expr | ast.stmt], None]]]:
    """Every expression and statement below `parent`, and how another is put in its place."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "pattern", "decorator_list"):
            continue
        if isinstance(value, ast.expr):
            yield value, _setter(parent, name)
        if isinstance(value, ast.AST):
            yield from _places(value)
        for place, item in enumerate(value if isinstance(value, list) else []):
            if item is _default_of(parent):
                continue
            if isinstance(item, ast.expr | ast.stmt):
                yield item, _item_setter(value, place)
            if isinstance(item, ast.AST):
                yield from _places(item)


def _default_of(node: object) -> ast.expr | None:
    """The 0 of `x or 0`: it stands there for the type checker, where `x` is never null."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return node.values[-1] if isinstance(node.values[-1], ast.Constant) else None
    return None


def _setter(parent: ast.AST, name: str) -> Callable[[ast.expr | ast.stmt], None]:
    return lambda other: setattr(parent, name, other)


def _item_setter(
    items: list[ast.expr | ast.stmt], place: int
) -> Callable[[ast.expr | ast.stmt], None]:
    return lambda other: items.__setitem__(place, other)


def _others(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    """What may stand for `node` instead."""
    match node:
        case ast.If(test, body, orelse) if _is_plain(test):
            yield ast.If(_not(test), body, orelse)
        case ast.IfExp(test, chosen, otherwise) if _is_plain(test):
            yield ast.IfExp(_not(test), chosen, otherwise)
        case ast.Assign([ast.Attribute()]) | ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.expr():
            yield from _other_conditions(node)
            yield from _other_values(node)


def _other_conditions(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, [operator], right):
            for other in _OTHERS[type(operator)]:
                yield ast.Compare(left, [other()], right)
        case ast.BoolOp() if (default := _default_of(node)) is not None:
            yield default
        case ast.BoolOp(both, values):
            yield ast.BoolOp(ast.Or() if isinstance(both, ast.And) else ast.And(), values)
            for place in range(len(values)):
                rest = [*values[:place], *values[place + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(both, rest)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand


def _other_values(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in _OTHER_SIGNS:
            yield ast.BinOp(left, _OTHER_SIGNS[type(operator)](), right)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Call(ast.Name(name), arguments, keywords) if name in _OTHER_CALLS:
            yield ast.Call(ast.Name(_OTHER_CALLS[name]), arguments, keywords)


def _is_plain(test: ast.expr) -> bool:
    """Whether `test` is a condition in which nothing else is changed."""
    return isinstance(test, ast.Name | ast.Attribute | ast.Call)


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _brief(node: ast.expr | ast.stmt) -> str:
    """The first words of `node`, in one line; of a condition no more than that."""
    shown: ast.AST = node.test if isinstance(node, ast.If) else node
    text = " ".join(ast.unparse(ast.fix_missing_locations(shown)).split())
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 2] + " …"
