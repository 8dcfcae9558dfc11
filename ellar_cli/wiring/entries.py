"""An entry of a list of `@Module`: the edits that add it, and those that take it out."""

import ast
from collections.abc import Iterator

from ellar_cli.wiring.brackets import deeper
from ellar_cli.wiring.decorator import Decorator, Literal
from ellar_cli.wiring.source import Edit


def added(decorator: Decorator, keyword: str, name: str, line_length: int) -> list[Edit]:
    """Add a name to a list, written as a formatter would where one has written the rest."""
    listed, call = decorator.listed(keyword), decorator.node
    if not isinstance(call, ast.Call):
        end = decorator.source.span(call)[1]
        return [(end, end, _new_call(decorator, keyword, name, line_length))]
    if listed:
        edits = decorator.items(listed).append(name)
    elif _is_indented(decorator, keyword):
        edits = decorator.arguments.append_beside(f"{keyword}=[{name}]")
    else:
        edits = decorator.arguments.append(_new_argument(decorator, keyword, name, line_length))
        edits += _opened_by_comma(decorator, edits, line_length)
    # What no formatter has written is left to its person.
    if _is_too_long(decorator, keyword, edits, line_length) and _is_formatted(decorator, keyword):
        return _on_many_lines(decorator, keyword, name, line_length)
    return edits


def removals(decorator: Decorator, keyword: str, index: int, line_length: int) -> Iterator[list[Edit]]:
    """Yield what takes an entry out: the smallest edit that formatters agree to, then others that undo `added`."""
    call, listed = decorator.node, decorator.listed(keyword)
    assert isinstance(call, ast.Call)
    assert listed is not None
    span = decorator.source.span
    items = decorator.items(listed)
    rest = [text for at, text in enumerate(items.texts) if at != index]
    yield from _without_lines(decorator, keyword, rest, line_length)
    yield from items.removals(index)
    if listed.lineno != listed.end_lineno:
        yield [(*span(listed), _written(listed, rest))]
    yield from _rewritten(decorator, keyword, _written(listed, rest))
    if not rest:
        yield from decorator.arguments.removals(decorator.index(keyword))
        yield from _closed_without_comma(decorator, keyword)
        yield from _rewritten(decorator, keyword, None)
    if not rest and len(decorator.arguments.items) == 1:
        yield [(span(call.func)[1], span(call)[1], "")]


def _new_call(decorator: Decorator, keyword: str, name: str, line_length: int) -> str:
    new = f"({keyword}=[{name}])"
    if _fits(decorator, decorator.line, len(new), line_length):
        return new
    step = decorator.source.indent
    return f"(\n{step}{keyword}=[\n{step * 2}{name},\n{step}]\n)"


def _new_argument(decorator: Decorator, keyword: str, name: str, line_length: int) -> str:
    new, indent = f"{keyword}=[{name}]", decorator.arguments.indent
    if not decorator.arguments.has_closing_line or len(f"{indent}{new},") <= line_length:
        return new
    return f"{keyword}=[\n{indent}{deeper(decorator.source, indent)}{name},\n{indent}]"


def _opened_by_comma(decorator: Decorator, edits: list[Edit], line_length: int) -> list[Edit]:
    """Write a single argument's list one entry a line where the comma that it gets is the one letter too many."""
    call, source = decorator.node, decorator.source
    assert isinstance(call, ast.Call)
    if edits[0][2] != "," or _fits(decorator, source.number(edits[0][0]), 1, line_length):
        return []
    listed = call.keywords[-1].value
    if not isinstance(listed, Literal) or decorator.text(listed) != _written(listed, decorator.items(listed).texts):
        return []
    lines = _lines(decorator, listed, decorator.items(listed).texts, source.indent_of(listed.lineno))
    return [(*source.span(listed), lines)]


def _closed_without_comma(decorator: Decorator, keyword: str) -> Iterator[list[Edit]]:
    """Yield what undoes `_opened_by_comma`."""
    call = decorator.node
    assert isinstance(call, ast.Call)
    listed = call.keywords[0].value
    if [argument.arg for argument in call.keywords[1:]] != [keyword] or not isinstance(listed, Literal):
        return
    closed = _written(listed, decorator.items(listed).texts)
    for edits in decorator.arguments.removals(1):
        yield [*edits, (*decorator.source.span(listed), closed)]


def _fits(decorator: Decorator, line: int, added: int, line_length: int) -> bool:
    """Is a line short enough with something added, or was it never?"""
    length = len(decorator.source.line(line).rstrip())
    return length + added <= line_length or length > line_length


def _is_too_long(decorator: Decorator, keyword: str, edits: list[Edit], line_length: int) -> bool:
    """Does what grows stand on one line, and would it get too long?"""
    grown = decorator.listed(keyword) or decorator.node
    if grown.lineno != grown.end_lineno and not _is_indented(decorator, keyword):
        return False
    line = decorator.source.number(edits[0][0])
    return not _fits(decorator, line, sum(len(new) for _, _, new in edits), line_length)


def _now(decorator: Decorator, keyword: str) -> str | None:
    """Return a list as formatters write it on one line."""
    listed = decorator.listed(keyword)
    return _written(listed, decorator.items(listed).texts) if listed else None


def _is_indented(decorator: Decorator, keyword: str) -> bool:
    """Does a call hold several arguments on one line of their own, as formatters write it where that is enough?"""
    if len(decorator.arguments.items) < 2:
        return False
    return decorator.text(decorator.node) == decorator.indented(keyword, _now(decorator, keyword))


def _is_formatted(decorator: Decorator, keyword: str) -> bool:
    """Is a list on one line, and a call on one line around it, written as formatters do?"""
    call, listed = decorator.node, decorator.listed(keyword)
    if call.lineno == call.end_lineno:
        return decorator.text(call) == decorator.on_one_line(keyword, _now(decorator, keyword))
    return listed is None or decorator.text(listed) == _now(decorator, keyword)


def _on_many_lines(decorator: Decorator, keyword: str, name: str, line_length: int) -> list[Edit]:
    """Write a list one entry a line, and with it a call that is on one line one argument a line."""
    call, listed, source = decorator.node, decorator.listed(keyword), decorator.source
    entries = [*(decorator.items(listed).texts if listed else ()), name]
    if listed and call.lineno != call.end_lineno and not _is_indented(decorator, keyword):
        return [(*source.span(listed), _lines(decorator, listed, entries, source.indent_of(listed.lineno)))]
    written = _written(listed, entries)
    if len(entries) > 1 or len(f"{source.indent}{keyword}={written},") > line_length:
        written = _lines(decorator, listed, entries, source.indent)
    arguments = decorator.arguments_with(keyword, written)
    # Formatters put no comma after a single argument.
    comma = "," if len(arguments) > 1 else ""
    body = f",\n{source.indent}".join(arguments)
    return [(*source.span(call), f"{decorator.called}(\n{source.indent}{body}{comma}\n)")]


def _lines(decorator: Decorator, listed: Literal | None, entries: list[str], margin: str) -> str:
    opening, closing = ("(", ")") if isinstance(listed, ast.Tuple) else ("[", "]")
    lines = "".join(f"{margin}{deeper(decorator.source, margin)}{entry},\n" for entry in entries)
    return f"{opening}\n{lines}{margin}{closing}"


def _without_lines(decorator: Decorator, keyword: str, rest: list[str], line_length: int) -> Iterator[list[Edit]]:
    """Yield what a formatter leaves of a list on many lines that nothing holds open any more, and of a call around."""
    listed, call = decorator.listed(keyword), decorator.node
    has_lines = listed is not None and listed.lineno != listed.end_lineno
    is_held = has_lines and (len(rest) > 1 or (len(rest) == 1 and isinstance(listed, ast.List)))
    if listed is None or is_held or "#" in decorator.text(listed):
        return
    written = _written(listed, rest)
    before, after = (decorator.on_one_line(keyword, one) for one in (_now(decorator, keyword) or "", written))
    is_held = decorator.arguments.commas[-1] is not None or "\n" in after or "#" in decorator.text(call)
    is_held = is_held or call.lineno == call.end_lineno
    if not is_held and len(f"@{after}") <= line_length and (has_lines or len(f"@{before}") > line_length):
        yield [(*decorator.source.span(call), after)]
    if has_lines and len(decorator.source.line(listed.lineno).rstrip()) + len(written) <= line_length:
        yield [(*decorator.source.span(listed), written)]


def _rewritten(decorator: Decorator, keyword: str, written: str | None) -> Iterator[list[Edit]]:
    """Yield the call in the forms that may have become one on many lines."""
    span = decorator.source.span(decorator.node)
    yield [(*span, decorator.on_one_line(keyword, written))]
    yield [(*span, decorator.indented(keyword, written))]


def _written(listed: Literal | None, entries: list[str]) -> str:
    """Write a list on one line as formatters do."""
    if isinstance(listed, ast.Tuple):
        return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"
    return f"[{', '.join(entries)}]"
