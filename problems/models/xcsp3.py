"""XCSP3 files, by the parser of PyCSP3 and CPMpy's reading of its constraints.

What those two leave open is decided here: a file that they would read in part, or otherwise than
the specification has it [1], is refused, or read by this module.

Source:
    1. Boussemart, Lecoutre, Audemard, Piette: XCSP3-core, a Format for Representing Constraint
       Satisfaction/Optimization Problems (2020), arXiv:2009.00514.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import pairwise
from types import ModuleType
from typing import Any, ClassVar
from xml.parsers import expat

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, place_of, read_bytes
from odesolve.problems.models.constraints.base import Variable
from odesolve.problems.models.model import Model

__all__ = ["check_xcsp3", "parse_xcsp3", "read_xcsp3"]

_PARTS = ("variables", "constraints", "objectives", "annotations")
_EXPECTED = "XCSP3-core"
#: Of parentheses: the parser takes a time quadratic in it.
_DEPTH_LIMIT = 200
#: Values of a variable, written out one by one where a domain is in several pieces.
_VALUES_LIMIT = 10**7


def check_xcsp3() -> None:
    """Refuse at once what could not be read for want of a package.

    Raises:
        InputError: with the command that installs it.
    """
    for module in ("cpmpy", "pycsp3"):
        if find_spec(module) is None:
            expected = "it, as after: pip install 'odesolve[xcsp3]'"
            raise InputError("XCSP3", f"{module} is not installed", expected)


def read_xcsp3(path: str | os.PathLike[str]) -> Model:
    """Read an XCSP3 file as a model. Variables have the names of the file, as ``x[0][2]``.

    It needs the extra ``xcsp3``. What CPMpy's reader makes of the file is checked against what the
    file says, and refused where the two may differ.

    Arguments:
        path: an .xml file, compressed or not; ``-`` is standard input.

    Raises:
        InputError: if the file cannot be read, or has what XCSP3-core does not.

    Example:
        >>> import odesolve as ode
        >>> model = ode.read_xcsp3("docs/examples/queens.xml")
        >>> [variable.name for variable in model.variables][:3]
        ['q[0]', 'q[1]', 'q[2]']
    """
    place = place_of(path)
    return parse_xcsp3(decode_text(read_bytes(path), place), place)


def parse_xcsp3(text: str, place: str) -> Model:
    """Read the text of an XCSP3 file; see ``read_xcsp3``.

    Arguments:
        place: the file's name, for messages.

    Raises:
        InputError: as there.
    """
    return parse_declared(text, place)[0]


def parse_declared(text: str, place: str) -> tuple[Model, list[Variable]]:
    """The model of an XCSP3 file, and the variables that the file declares: others are auxiliary.

    Arguments:
        text, place: as for ``parse_xcsp3``.

    Raises:
        InputError: as there.
    """
    check_xcsp3()
    _Outline(place).check(text)
    from odesolve.problems.models.from_cpmpy import Translation

    parser, callbacker, callbacks = _imported()
    translation = Translation()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            reader = callbacks(translation)
            callbacker(parser(io.StringIO(text)), reader).load_instance()
            declared = list(translation.model.variables)
            translation.add(reader.cpm_model.constraints)
            if reader.cpm_model.objective_ is not None:
                model = reader.cpm_model
                translation.objective(model.objective_, minimize=model.objective_is_min)
        except InputError as error:
            raise InputError(place, error.message) from None
        except SystemExit:
            raise InputError(place, "a constraint of no known kind", _EXPECTED) from None
        except (MemoryError, RecursionError):
            raise InputError(place, "nested too deeply, or too large", _EXPECTED) from None
        except Exception as error:
            # Whatever the libraries raise on what they do not read: asserts, key errors, ...
            what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise InputError(place, f"not readable ({what})", _EXPECTED) from None
    if not translation.model.variables:
        raise InputError(place, "there are no variables", "at least one")
    return translation.model, declared


# ------------------------------------------------------------------------------ before the parser


class _Outline:
    """What PyCSP3's parser would overlook: other roots, parts of no known name, cut expressions."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._path: list[str] = []
        self._parts: set[str] = set()
        self._names: set[str] = set()
        self._text: list[str] = []
        self._parser = expat.ParserCreate(encoding="utf-8")
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append

    def check(self, text: str) -> None:
        """Refuse what cannot be read.

        Raises:
            InputError: with the line.
        """
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            where = f"{self.place}:{error.lineno}"
            raise InputError(where, f"broken XML ({reason})", _EXPECTED) from None
        if "variables" not in self._parts:
            raise InputError(self.place, "there is no <variables>", _EXPECTED)

    def _error(self, wrong: str, expected: str = _EXPECTED) -> InputError:
        return InputError(f"{self.place}:{self._parser.CurrentLineNumber}", wrong, expected)

    def _refuse_document_type(self, *_: object) -> None:
        raise self._error("a document type (DOCTYPE) is not read", "XCSP3 without one")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != "instance":
            raise self._error(f"the root is <{tag}>", "<instance>")
        if not self._path and attributes.get("format", "XCSP3").upper() != "XCSP3":
            raise self._error(f"the format {quote(attributes['format'])}", '"XCSP3"')
        if not self._path and attributes.get("type", "CSP").upper() not in ("CSP", "COP"):
            raise self._error(f"the type {quote(attributes['type'])}", '"CSP" or "COP"')
        if len(self._path) == 1:
            if tag not in _PARTS or tag in self._parts:
                wrong = f"a second <{tag}>" if tag in self._parts else f"a part <{tag}>"
                raise self._error(wrong, ", ".join(f"<{part}>" for part in _PARTS))
            self._parts.add(tag)
        if self._path[1:] == ["variables"]:
            self._declare(tag, attributes)
        self._text.clear()
        self._path.append(tag)

    def _declare(self, tag: str, attributes: dict[str, str]) -> None:
        if tag not in ("var", "array"):
            raise self._error(f"<{tag}> among the variables", "<var> or <array>")
        name = attributes.get("id", "")
        if not name or name in self._names:
            wrong = f"a second variable {quote(name)}" if name else f"<{tag}> without an id"
            raise self._error(wrong, "a new id for each")
        self._names.add(name)
        if attributes.get("type", "integer") != "integer":
            raise self._error(f"variables of type {quote(attributes['type'])}", "integers")

    def _end(self, tag: str) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        self._path.pop()
        if "(" not in text and ")" not in text:
            return
        depth = 0
        for character in text:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0:
                break
            if depth > _DEPTH_LIMIT:
                raise self._error(f"parentheses nested {depth} deep", f"at most {_DEPTH_LIMIT}")
        whole = tag not in ("intension", "function", "minimize", "maximize") or text[-1] == ")"
        if depth or not whole:
            raise self._error(f"unbalanced parentheses in <{tag}>", "as many ( as )")


# --------------------------------------------------------------------------- PyCSP3's own habits


@contextlib.contextmanager
def _as_library() -> Iterator[None]:
    """PyCSP3 compiles the program that imports it, now and at its end, unless told otherwise.

    It also has another ``dir``, which does not list what it gives to built-in types; nothing is
    given to them where only its parser is used.
    """
    arguments, listing = sys.argv, builtins.dir
    sys.argv = ["model.py", "-nocompile"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.argv, builtins.dir = arguments, listing


def _imported() -> tuple[Any, Any, Any]:
    """Parser, walker and callbacks of PyCSP3, without what it does to a program."""
    with _as_library():
        import pycsp3
        from pycsp3.parser.xparser import CallbackerXCSP3, ParserXCSP3

        atexit.unregister(pycsp3.end)
        return ParserXCSP3, CallbackerXCSP3, _callbacks(pycsp3)


def _callbacks(pycsp3: ModuleType) -> Any:
    """The class that makes CPMpy's expressions of what the parser finds."""
    import cpmpy as cp
    from cpmpy.expressions.core import Operator as OperatorOf
    from cpmpy.expressions.variables import _BoolVarImpl as Truth
    from cpmpy.tools.xcsp3.globals import SubCircuit
    from cpmpy.tools.xcsp3.parser_callbacks import CallbacksCPMPy
    from pycsp3.classes.auxiliary.conditions import ConditionInterval, ConditionSet
    from pycsp3.classes.auxiliary.enums import TypeConditionOperator as Operator

    def refuse(what: str) -> None:
        raise InputError("", what, _EXPECTED)

    def require_equal(first: Sequence[Any], second: Sequence[Any], what: str) -> None:
        if len(first) != len(second):
            refuse(f"{len(second)} {what} for {len(first)} terms")

    def require_several(arguments: list[Any]) -> list[Any]:
        if len(arguments) < 2:
            refuse("an operator with one argument that needs two")
        return arguments

    class Callbacks(CallbacksCPMPy):
        """As CPMpy reads XCSP3, but for what it reads otherwise than the specification."""

        funcmap: ClassVar[dict[str, Any]] = {
            **CallbacksCPMPy.funcmap,
            "eq": (0, lambda x: _equal(cp, require_several(x))),
            "iff": (0, lambda x: cp.all(a == b for a, b in pairwise(require_several(x)))),
            "xor": (0, lambda x: cp.Xor(require_several(x))),
            "notin": (2, lambda x, y: ~cp.InDomain(x, y)),
            "if": (3, lambda b, x, y: _choice(cp, b, x, y)),
        }

        def __init__(self, translation: Any) -> None:
            super().__init__()
            self.force_exit = True
            self._translation = translation
            # Its rules for special forms of expressions are not all right; the general one is.
            for name in vars(self):
                if name.startswith("recognize_"):
                    setattr(self, name, False)

        def _compared(self, left: Any, condition: Any) -> None:
            """Post ``left`` compared as the condition says."""
            if isinstance(condition, ConditionInterval):
                right: Any = list(range(condition.min, condition.max + 1))
            elif isinstance(condition, ConditionSet):
                right = list(condition.t)
            else:
                right = self.get_cpm_var(condition.right_operand())
            self.cpm_model += self.eval_cpm_comp(left, condition.operator, right)

        def _capacity(self, condition: Any) -> Any:
            """The right side of "at most"."""
            if condition.operator not in (Operator.LE, Operator.LT):
                refuse(f"a capacity with {condition.operator.name.lower()}")
            right = self.get_cpm_var(condition.right_operand())
            return right if condition.operator is Operator.LE else right - 1

        # ------------------------------------------------------------------------- variables

        def var_integer_range(self, x: Any, min_value: int, max_value: int) -> None:
            self.var_integer(x, range(min_value, max_value + 1))

        def var_integer(self, x: Any, values: Sequence[int]) -> None:
            low, high = (
                (values[0], values[-1]) if isinstance(values, range) else (min(values), max(values))
            )
            # CPMpy has names of its own, which those of the file could be.
            name = f"file:{x.id}"
            is_truth = (low, high) == (0, 1)
            same = cp.boolvar(name=name) if is_truth else cp.intvar(low, high, name=name)
            self.cpm_variables[x] = same
            self._translation.declare(same, values, x.id)

        # ----------------------------------------------------------------------- constraints

        def ctr_false(self, scope: Any) -> None:
            self.cpm_model += cp.BoolVal(False)

        def ctr_true(self, scope: Any) -> None:
            pass

        def ctr_extension_unary(self, x: Any, values: Any, positive: bool, flags: Any) -> None:
            inside = cp.InDomain(self.get_cpm_var(x), self.unroll(values))
            self.cpm_model += inside if positive else ~inside

        def ctr_regular(self, scope: Any, transitions: Any, start_state: Any, final: Any) -> None:
            if len({(state, value) for state, value, _ in transitions}) < len(transitions):
                refuse("a regular constraint that is not deterministic")
            super().ctr_regular(scope, transitions, start_state, final)

        def ctr_mdd(self, scope: Any, transitions: Any) -> None:
            if len({(state, value) for state, value, _ in transitions}) < len(transitions):
                refuse("an mdd that is not deterministic")
            super().ctr_mdd(scope, transitions)

        def ctr_all_different_lists(self, lists: Any, excepting: Any) -> None:
            if excepting is not None:
                refuse("allDifferent of lists with exceptions")
            super().ctr_all_different_lists(lists, excepting)

        def ctr_ordered(self, lst: Any, operator: Any, lengths: Any) -> None:
            if lengths is not None:
                require_equal(lst[:-1], lengths, "lengths")
            super().ctr_ordered(lst, operator, lengths)

        def ctr_precedence(self, lst: Any, values: Any, covered: bool) -> None:
            if covered:
                refuse("precedence with covered values")
            if values is None:
                values = sorted({value for x in lst for value in _values_of(x)})
            super().ctr_precedence(lst, values, covered)

        def ctr_sum(self, lst: Any, coefficients: Any, condition: Any) -> None:
            terms = self.get_cpm_exprs(lst)
            if coefficients:
                require_equal(terms, coefficients, "coefficients")
                terms = [self.get_cpm_var(c) * x for c, x in zip(coefficients, terms, strict=True)]
            self._compared(cp.sum(terms), condition)

        def ctr_minimum(self, lst: Any, condition: Any) -> None:
            self._compared(cp.Minimum(self.get_cpm_exprs(lst)), condition)

        def ctr_maximum(self, lst: Any, condition: Any) -> None:
            self._compared(cp.Maximum(self.get_cpm_exprs(lst)), condition)

        def ctr_element(self, lst: Any, i: Any, condition: Any) -> None:
            index = self._integer(i)
            self._compared(cp.Element(self.get_cpm_vars(lst), index), condition)

        def ctr_element_matrix(self, matrix: Any, i: Any, j: Any, condition: Any) -> None:
            rows = cp.cpm_array([self.get_cpm_vars(row) for row in matrix])
            width = len(matrix[0])
            row, column = self._integer(i), self._integer(j)
            self.cpm_model += [row >= 0, row < len(matrix), column >= 0, column < width]
            self._compared(cp.Element(list(rows.flat), width * row + column), condition)

        def ctr_channel(self, lst1: Any, lst2: Any) -> None:
            there = [self._integer(x) for x in lst1]
            back = there if lst2 is None else [self._integer(x) for x in lst2]
            if len(there) > len(back):
                refuse(f"a channel from {len(there)} terms to {len(back)}")
            if lst2 is not None and len(there) == len(back):
                self.cpm_model += cp.Inverse(there, back)
            else:
                self.cpm_model += [
                    cp.Element(back, node) == place for place, node in enumerate(there)
                ]

        def _integer(self, x: Any) -> Any:
            """An expression that CPMpy does not take for a Boolean one."""
            same = self.get_cpm_var(x)
            return OperatorOf("sum", [same]) if isinstance(same, Truth) else same

        def ctr_nooverlap(self, origins: Any, lengths: Any, zero_ignored: bool) -> None:
            self._check_zero(lengths, zero_ignored, "noOverlap")
            starts, durations = self.get_cpm_vars(origins), self.get_cpm_vars(lengths)
            self.cpm_model += cp.NoOverlap(starts, durations)

        def ctr_nooverlap_multi(self, origins: Any, lengths: Any, zero_ignored: bool) -> None:
            starts = [self.get_cpm_vars(box) for box in origins]
            sizes = [self.get_cpm_vars(box) for box in lengths]
            for box in lengths:
                self._check_zero(box, False, "noOverlap of boxes")
            for i in range(len(starts)):
                for j in range(i):
                    apart = []
                    for a, la, b, lb in zip(starts[i], sizes[i], starts[j], sizes[j], strict=True):
                        apart += [a + la <= b, b + lb <= a]
                    self.cpm_model += cp.any(apart)

        def ctr_nooverlap_mixed(
            self, xs: Any, ys: Any, lx: Any, ly: Any, zero_ignored: bool
        ) -> None:
            boxes = zip(xs, ys, strict=True), zip(lx, ly, strict=True)
            origins, lengths = (list(map(list, sides)) for sides in boxes)
            self.ctr_nooverlap_multi(origins, lengths, zero_ignored)

        def _check_zero(self, lengths: Any, zero_ignored: bool, what: str) -> None:
            if not zero_ignored and any(0 in _values_of(length) for length in lengths):
                refuse(f"{what} with a length of 0 that is not ignored")

        def ctr_cumulative(self, origins: Any, lengths: Any, heights: Any, condition: Any) -> None:
            require_equal(origins, lengths, "lengths")
            require_equal(origins, heights, "heights")
            starts, durations, demands = map(self.get_cpm_exprs, (origins, lengths, heights))
            self.cpm_model += cp.Cumulative(
                starts, durations, demand=demands, capacity=self._capacity(condition)
            )

        def _loads(self, lst: Any, sizes: Any) -> dict[int, Any]:
            """How much is in each bin that something may be put into."""
            require_equal(lst, sizes, "sizes")
            bins = sorted({value for x in lst for value in _values_of(x)})
            items = list(zip(self.get_cpm_vars(lst), sizes, strict=True))
            return {number: cp.sum([size * (x == number) for x, size in items]) for number in bins}

        def ctr_binpacking(self, lst: Any, sizes: Any, condition: Any) -> None:
            capacity = self._capacity(condition)
            self.cpm_model += [load <= capacity for load in self._loads(lst, sizes).values()]

        def ctr_binpacking_limits(self, lst: Any, sizes: Any, limits: Any) -> None:
            limit_of = self.get_cpm_vars(limits)
            for number, load in self._loads(lst, sizes).items():
                if not 0 <= number < len(limits):
                    refuse(f"binPacking: a bin {number} for {len(limits)} limits")
                self.cpm_model += load <= limit_of[number]

        def ctr_binpacking_loads(self, lst: Any, sizes: Any, loads: Any) -> None:
            found = self._loads(lst, sizes)
            if not found.keys() <= set(range(len(loads))):
                refuse(f"binPacking: other bins than those of {len(loads)} loads")
            for number, load in enumerate(self.get_cpm_vars(loads)):
                self.cpm_model += cp.sum([found.get(number, 0)]) == load

        def ctr_knapsack(
            self, lst: Any, weights: Any, weight: Any, profits: Any, profit: Any
        ) -> None:
            self.ctr_sum(lst, weights, weight)
            self.ctr_sum(lst, profits, profit)

        def ctr_circuit(self, lst: Any, size: Any) -> None:
            """A tour of at least two nodes; the others are their own successors."""
            if size is not None:
                refuse("a circuit with a size")
            after = [self._integer(node) for node in lst]
            self.cpm_model += SubCircuit(after)
            self.cpm_model += cp.any([node != i for i, node in enumerate(after)])

        # ------------------------------------------------------------------------- objective

        def obj_minimize_special(self, obj_type: Any, terms: Any, coefficients: Any) -> None:
            self.cpm_model.minimize(self._aim(obj_type, terms, coefficients))

        def obj_maximize_special(self, obj_type: Any, terms: Any, coefficients: Any) -> None:
            self.cpm_model.maximize(self._aim(obj_type, terms, coefficients))

        def _aim(self, kind: Any, terms: Any, coefficients: Any) -> Any:
            parts = self.get_cpm_exprs(terms)
            if coefficients:
                require_equal(parts, coefficients, "coefficients")
                parts = [c * part for c, part in zip(coefficients, parts, strict=True)]
            aims = {
                "SUM": cp.sum,
                "MINIMUM": cp.Minimum,
                "MAXIMUM": cp.Maximum,
                "NVALUES": cp.NValue,
            }
            if kind.name not in aims:
                refuse(f"an objective of type {kind.name.lower()}")
            return aims[kind.name](parts)

    return Callbacks


def _values_of(term: Any) -> Sequence[int]:
    """The values of a variable of PyCSP3, or the integer itself."""
    if isinstance(term, int):
        return [term]
    found: list[int] = []
    for piece in term.domain:
        if isinstance(piece, range) and len(term.domain) == 1:
            return piece
        found += piece if isinstance(piece, range) else [piece]
        if len(found) > _VALUES_LIMIT:
            raise InputError("", f"{term.id} takes too many values", "fewer, or one interval")
    return found


def _equal(cp: Any, terms: list[Any]) -> Any:
    return terms[0] == terms[1] if len(terms) == 2 else cp.AllEqual(terms)


def _choice(cp: Any, condition: Any, this: Any, that: Any) -> Any:
    """One of two expressions, Boolean or integer."""
    from cpmpy.expressions.utils import is_boolexpr

    if is_boolexpr(this) and is_boolexpr(that):
        return cp.IfThenElse(condition, this, that)
    return condition * this + (~condition) * that
