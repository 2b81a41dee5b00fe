"""The source of a Python function with its control flow as calls of operators; diastatic-malt does the analysis.

Imported when the first function is converted. The converted code is compiled under the user's file name and line
numbers, so that tracebacks and debuggers show the user's own source.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

from malt.converters import (
    break_statements,
    call_trees,
    conditional_expressions,
    continue_statements,
    control_flow,
    directives,
    functions,
    logical_expressions,
    return_statements,
    variables,
)
from malt.core import converter, unsupported_features_checker
from malt.impl.api import PyToPy
from malt.lang import directives as malt_directives
from malt.pyct import (
    anno,
    ast_util,
    cfg,
    inspect_utils,
    naming,
    origin_info,
    parser,
    qual_names,
    templates,
    transformer,
)
from malt.pyct.static_analysis import activity, liveness, reaching_definitions, reaching_fndefs

Namespace = types.SimpleNamespace
STANDARD_OPTIONS = converter.STANDARD_OPTIONS

# One conversion at a time: malt keeps state in modules.
_lock = threading.RLock()


class _Mangle(ast.NodeTransformer):
    """`self.__x` inside a class is `self._Class__x`; outside of the class body it has to be written out."""

    def __init__(self, owner: str) -> None:
        self._prefix = "_" + owner.lstrip("_")

    def _name(self, name: str) -> str:
        return self._prefix + name if name.startswith("__") and not name.endswith("__") else name

    def visit_Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        self.generic_visit(node)
        node.attr = self._name(node.attr)
        return node

    def visit_Name(self, node: ast.Name) -> Any:  # noqa: N802
        node.id = self._name(node.id)
        return node


class _Handlers(ast.NodeTransformer):
    """`except E as e:` as an assignment in the handler; malt's analysis knows names that are assigned."""

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:  # noqa: N802
        self.generic_visit(node)
        if node.name is not None:
            caught = ast.parse(f"{node.name} = ag__.caught()").body[0]
            node.name, node.body = None, [caught, *node.body]
        return node


class _Directives(directives.DirectivesTransformer):
    """Knows Addax's `set_loop_options` besides malt's."""

    loop_options: Any = None

    def visit_Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        super().visit_Attribute(node)
        parent = anno.getanno(node.value, directives.STATIC_VALUE, default=None)
        if isinstance(parent, types.SimpleNamespace) and hasattr(parent, node.attr):
            anno.setanno(node, directives.STATIC_VALUE, getattr(parent, node.attr))
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:  # noqa: N802
        if isinstance(node.value, ast.Call):
            function = self.visit(node.value.func)
            static = anno.getanno(function, directives.STATIC_VALUE, default=None)
            if static is not None and static is type(self).loop_options:
                self.state[directives._LoopScope].statements_visited += 1
                self._process_statement_directive(node.value, malt_directives.set_loop_options)
                return None
        return super().visit_Expr(node)


class _Assertions(converter.Base):
    """`assert test, message` as a call; the message may be any expression."""

    def visit_Assert(self, node: ast.Assert) -> Any:  # noqa: N802
        self.generic_visit(node)
        message = node.msg if node.msg is not None else ast.Constant(None)
        return templates.replace("ag__.assert_stmt(test, lambda: msg)", test=node.test, msg=message)


class _Expressions(conditional_expressions.ConditionalExpressionTransformer):
    """Conditional expressions inside others too."""

    def visit_IfExp(self, node: ast.IfExp) -> Any:  # noqa: N802
        return super().visit_IfExp(self.generic_visit(node))


class _Logic(logical_expressions.LogicalExpressionTransformer):
    """Chains of comparisons evaluate each operand once."""

    def visit_Compare(self, node: ast.Compare) -> Any:  # noqa: N802
        plain = all(isinstance(each, ast.Name | ast.Constant) for each in node.comparators[:-1])
        if len(node.ops) == 1 or plain:
            return super().visit_Compare(node)
        self.generic_visit(node)
        operands = [node.left, *[self._as_lambda(each) for each in node.comparators]]
        names = ast.Tuple([ast.Constant(type(each).__name__) for each in node.ops], ast.Load())
        return ast.Call(parser.parse_expression("ag__.chain"), [names, *operands], [])


class _ControlFlow(control_flow.ControlFlowTransformer):
    """What a function defined inside writes through `nonlocal` is state of the branches and loops that name it."""

    def __init__(self, ctx: Any) -> None:
        super().__init__(ctx)
        self._writers: list[dict[str, set[str]]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:  # noqa: N802
        writers = {}
        for inner in ast.walk(node):
            if isinstance(inner, ast.FunctionDef) and inner is not node:
                declared = (part for part in ast.walk(inner) if isinstance(part, ast.Nonlocal))
                writers[inner.name] = {name for part in declared for name in part.names}
        self._writers.append(writers)
        try:
            return super().visit_FunctionDef(node)
        finally:
            self._writers.pop()

    def _get_block_vars(self, node: Any, modified: Any) -> Any:
        writers = self._writers[-1] if self._writers else {}
        named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} if writers else set()
        written = {qual_names.QN(name) for writer in named & writers.keys() for name in writers[writer]}
        scope = self.state[control_flow._Function].scope
        return super()._get_block_vars(node, modified | (written & scope.bound))


class _Transpiler(PyToPy):
    """malt's passes, in its order, with the ones above in place of its own."""

    def get_transformed_name(self, node: ast.AST) -> str:
        return "tf__" + ("lam" if isinstance(node, ast.Lambda) else node.name)

    def transform_ast(self, node: Any, ctx: Any) -> Any:
        unsupported_features_checker.verify(node)
        node = self.initial_analysis(node, ctx)
        node = functions.transform(node, ctx)
        node = _Directives(ctx).visit(node)
        node = break_statements.transform(node, ctx)
        if ctx.user.options.uses(converter.Feature.ASSERT_STATEMENTS):
            node = _Assertions(ctx).visit(node)
        node = continue_statements.transform(node, ctx)
        node = return_statements.transform(node, ctx)
        node = call_trees.transform(node, ctx)
        node = _ControlFlow(ctx).visit(self._analysed(node, ctx))
        node = _Expressions(ctx).visit(node)
        node = _Logic(ctx).visit(node)
        return variables.transform(node, ctx)

    def _analysed(self, node: Any, ctx: Any) -> Any:
        """Which names are read, written, defined and alive where."""
        graphs = cfg.build(node)
        node = activity.resolve(qual_names.resolve(node), ctx, None)
        node = reaching_definitions.resolve(node, ctx, graphs)
        node = reaching_fndefs.resolve(node, ctx, graphs)
        return liveness.resolve(node, ctx, graphs)

    def nodes_of(self, function: Any, options: Any) -> tuple[Any, str]:
        """(the converted tree, the name it defines)."""
        future = _future_features(function)
        code = function.__code__
        if code.co_name == "<lambda>":
            node, source = _lambda_node(function)
            line = node.lineno
        else:
            node, source = parser.parse_entity(function, future_features=future)
            line = code.co_firstlineno
        origin_info.resolve(node, source, code.co_filename, line, node.col_offset)
        owner = function.__qualname__.split(".")[-2:-1]
        node = _Handlers().visit(node)
        if owner and owner[0] != "<locals>":
            node = _Mangle(owner[0]).visit(node)
        namespace = inspect_utils.getnamespace(function)
        namer = naming.Namer(namespace)
        name = namer.new_symbol(self.get_transformed_name(node), ())
        info = transformer.EntityInfo(name, source, "<fragment>", future, namespace)
        context = transformer.Context(info, namer, converter.ProgramContext(options=options))
        nodes = self.transform_ast(self._erase_arg_defaults(node), context)
        if isinstance(nodes, ast.Lambda):
            nodes = ast.Assign(targets=[ast.Name(name, ctx=ast.Store())], value=nodes)
        else:
            nodes.name = name
        return nodes, name


_transpiler = _Transpiler()


def _future_features(function: Any) -> tuple[str, ...]:
    features = inspect_utils.getfutureimports(function)
    return tuple(name for name in features if name != "barry_as_FLUFL")


def _lambda_node(function: Any) -> tuple[ast.Lambda, str]:
    """(the node of a lambda, the source of its file); several on one line are told apart by their columns."""
    source = "".join(inspect.findsource(function)[0])
    wanted = set(function.__code__.co_positions())
    scored = [(len(wanted & places), -len(places), i) for i, (_, places) in enumerate(_lambdas_of(source))]
    best = max(scored, default=(0, 0, 0))
    if not best[0]:
        raise ValueError("the source of the lambda is not found")
    return copy.deepcopy(_lambdas_of(source)[best[2]][0]), source


@functools.lru_cache(maxsize=8)
def _lambdas_of(source: str) -> list[tuple[ast.Lambda, set[Any]]]:
    """The lambdas of a file, with the places of what is in their bodies."""
    return [
        (node, {_place_of(inner) for inner in ast.walk(node.body) if isinstance(inner, ast.expr)})
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Lambda)
    ]


def _place_of(node: ast.expr) -> tuple[Any, ...]:
    return (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


class _Factory:
    """Converted code, to be bound to the globals, closure and defaults of functions that share the original code."""

    def __init__(self, function: Any, options: Any) -> None:
        with _lock:
            nodes, self.name = _transpiler.nodes_of(function, options)
        self.source = parser.unparse(nodes, include_encoding_marker=False)
        code = function.__code__
        lines = [f"from __future__ import {feature}" for feature in _future_features(function)]
        # names that no program has: its own `inner` would be taken for ours
        lines += ["def ag__outer():", "    pass", *[f"    {name} = None" for name in code.co_freevars]]
        lines += ["    def ag__inner(ag__):", "        pass", f"        return {self.name}", "    return ag__inner"]
        module = ast.parse("\n".join(lines))
        outer = next(each for each in module.body if isinstance(each, ast.FunctionDef))
        inner = next(each for each in outer.body if isinstance(each, ast.FunctionDef))
        body = ast.parse(self.source).body
        _place(nodes, body, code.co_firstlineno)
        inner.body[0:1] = body
        space: dict[str, Any] = {}
        exec(compile(module, code.co_filename, "exec", dont_inherit=True), space)
        self._inner = space["ag__outer"]().__code__

    def bind(self, function: Any, operators: Any) -> Any:
        """The converted twin of a function."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        closure = tuple(cells[name] for name in self._inner.co_freevars)
        made = types.FunctionType(self._inner, function.__globals__, self.name, (), closure)(operators)
        made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
        made.__name__, made.__qualname__ = function.__name__, function.__qualname__
        made.__module__, made.__doc__ = function.__module__, function.__doc__
        made.__code__ = made.__code__.replace(co_name=function.__code__.co_name)
        return made


def _place(before: Any, after: list[ast.stmt], first_line: int) -> None:
    """Give the nodes of the reparsed code `after` the positions of the user's code that they come from."""
    origins: dict[int, tuple[int, int, int]] = {}
    for old, new in ast_util.parallel_walk([before], after):
        origin = anno.getanno(old, anno.Basic.ORIGIN, default=None) if isinstance(old, ast.AST) else None
        if origin is None or not hasattr(new, "lineno"):
            continue
        start, end = getattr(old, "col_offset", 0), getattr(old, "end_col_offset", None)
        one_line = getattr(old, "end_lineno", None) == getattr(old, "lineno", 0)
        width = end - start if end is not None and one_line and end > start else 0
        # -1 is compile's "unknown": then tracebacks show the line without markers under it
        column = origin.loc.col_offset if width else -1
        origins[id(new)] = (origin.loc.lineno, column, column + width)

    def first_below(node: ast.AST) -> tuple[int, int, int] | None:
        for child in ast.walk(node):
            if id(child) in origins:
                return origins[id(child)]
        return None

    def visit(node: ast.AST, inherited: tuple[int, int, int]) -> None:
        place = origins.get(id(node))
        if place is None:
            place = (first_below(node) if isinstance(node, ast.stmt) else None) or inherited
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = place[0]  # type: ignore[attr-defined]
            node.col_offset, node.end_col_offset = place[1:]  # type: ignore[attr-defined]
        for child in ast.iter_child_nodes(node):
            visit(child, place)

    for statement in after:
        visit(statement, (first_line, -1, -1))


_factories: weakref.WeakKeyDictionary[types.CodeType, dict[Any, _Factory | str]] = weakref.WeakKeyDictionary()


class NotConvertible(Exception):
    """Code that cannot be converted; its text says why."""


def factory_of(function: Any, options: Any, loop_options: Any) -> _Factory:
    """The converted code of a function, made once per code object.

    Raises:
        NotConvertible: the code cannot be converted (no source, a generator, ...).
    """
    _Directives.loop_options = loop_options
    known = _factories.setdefault(function.__code__, {})
    found = known.get(options)
    if found is None:
        try:
            found = _Factory(function, options)
        except Exception as error:  # malt raises what it likes
            found = f"{type(error).__name__}: {error}"  # its words only: an error keeps what each frame refers to
        known[options] = found  # so that it is tried once
    if isinstance(found, str):
        raise NotConvertible(found)
    return found


def options_of(recursive: bool, features: frozenset[str]) -> Any:
    """malt's options: whether to convert called functions, and the names of optional features."""
    chosen = frozenset(converter.Feature[name] for name in features)
    if recursive and not chosen:
        return STANDARD_OPTIONS
    return converter.ConversionOptions(recursive=recursive, user_requested=False, optional_features=tuple(chosen))


def namespace(operators: dict[str, Callable[..., Any]]) -> Namespace:
    """What converted code sees as `ag__`."""
    made = Namespace(STD=STANDARD_OPTIONS, ConversionOptions=converter.ConversionOptions, Feature=converter.Feature)
    made.__dict__.update(operators, caught=lambda: sys.exc_info()[1])
    return made


@functools.cache
def frame_builtins() -> dict[Any, Callable[..., Any]]:
    """Builtins that look at the caller's frame: called with (function, args, the scope of the caller)."""
    from malt.operators import py_builtins  # its frame inspection only

    return {
        super: py_builtins.super_in_original_context,
        eval: py_builtins.eval_in_original_context,
        globals: lambda function, args, scope: py_builtins.globals_in_original_context(scope),
        locals: lambda function, args, scope: py_builtins.locals_in_original_context(scope),
    }
