"""The JSON of FlatZinc, which MiniZinc 2.8 and later write."""

from __future__ import annotations

from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.json_text import parse_json
from odesolve.problems.models.constraints.base import Variable
from odesolve.problems.models.flatzinc.arguments import KINDS
from odesolve.problems.models.flatzinc.builder import FLOATS_EXPECTED, Builder, FlatZinc
from odesolve.problems.models.flatzinc.membership import member
from odesolve.problems.models.flatzinc.terms import Argument, Kind, Refused
from odesolve.problems.models.flatzinc.translation import translate
from odesolve.problems.models.values import Values

_KINDS: dict[str, Kind] = {"bool": "bool", "int": "int", "set of int": "set"}


def read_json(text: str, place: str) -> FlatZinc:
    """Read the JSON of FlatZinc.

    Arguments:
        text: of the file.
        place: what to call it in errors.

    Raises:
        InputError: with the part of the file, what is wrong and what was expected.
    """
    return _Reader(parse_json(text, place), place).read()


class _Reader:
    def __init__(self, document: Any, place: str) -> None:
        self.document = document
        self.place = place
        self.part = ""
        self.builder = Builder()
        self.kinds: dict[str, Kind] = {}

    def read(self) -> FlatZinc:
        try:
            variables = self._part("variables", dict, {})
            for name, declared in variables.items():
                self.part = f"variable {name}"
                self._variable(name, declared)
            for name, declared in self._part("arrays", dict, {}).items():
                self.part = f"array {name}"
                elements = self._object(declared).get("a")
                self.builder.declare(name, self._array(elements))
            for number, declared in enumerate(self._part("constraints", list, []), 1):
                self.part = f"constraint {number}"
                self._constraint(self._object(declared))
            for name in self._part("output", list, []):
                self._output(name)
            self.part = "solve"
            self._goal(self._object(self.document.get("solve")))
            self.part = ""
            return self.builder.result()
        except Refused as error:
            place = f"{self.place}: {self.part}" if self.part else self.place
            raise InputError(place, error.wrong, error.expected) from None
        except InputError as error:
            if error.place.startswith(self.place):
                raise
            raise InputError(f"{self.place}: {self.part}", error.message) from None
        except ValueError as error:
            raise InputError(f"{self.place}: {self.part}", str(error)) from None

    def _part(self, name: str, kind: type, missing: Any) -> Any:
        if not isinstance(self.document, dict):
            raise Refused("the JSON is no object", "FlatZinc, or its JSON")
        found = self.document.get(name, missing)
        if not isinstance(found, kind):
            raise Refused(
                f"{name} is {quote(found)}", f"a JSON {'object' if kind is dict else 'list'}"
            )
        return found

    def _object(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise Refused(f"{quote(given)}", "a JSON object")
        return given

    def _variable(self, name: str, declared: Any) -> None:
        declared = self._object(declared)
        kind_name = declared.get("type")
        if kind_name == "float":
            raise Refused("a float", FLOATS_EXPECTED)
        if not isinstance(kind_name, str) or kind_name not in _KINDS:
            raise Refused(f"type {quote(kind_name)}", "bool, int or set of int")
        kind = _KINDS[kind_name]
        domain = declared.get("domain")
        values = None if domain is None else self._values(domain)
        right = declared.get("rhs")
        self.kinds[name] = kind
        if right is None:
            place = f"{self.place}: variable {name}"
            self.builder.variable(name, kind, values, lambda: place)
            return
        value = self._argument(right)
        self.builder.declare(name, value)
        test, expected, _ = KINDS[{"int": "x", "bool": "b", "set": "S"}[kind]]
        if isinstance(value, list) or not test(value):
            raise Refused(f"the value {quote(right)}", expected)
        if values is not None and isinstance(value, int | Variable):
            self.builder.add([member(self.builder, value, values)])
        elif values is not None:
            translate(self.builder, "set_subset", [value, values])

    def _constraint(self, declared: dict[str, Any]) -> None:
        name, arguments = declared.get("id"), declared.get("args")
        if not isinstance(name, str) or not isinstance(arguments, list):
            raise Refused("no id or no args", "both")
        translate(self.builder, name, [self._argument(each) for each in arguments])

    def _output(self, name: Any) -> None:
        self.part = "output"
        if not isinstance(name, str) or name not in self.builder.scope:
            raise Refused(f"{quote(name)} is not declared", "names of variables and arrays")
        value = self.builder.scope[name]
        if not isinstance(value, list):
            self.builder.output(name, self.kinds.get(name), [value])
            return
        declared = self._part("arrays", dict, {}).get(name, {})
        self.builder.output(name, None, value, self._indices(declared) or ((1, len(value)),))

    def _indices(self, declared: dict[str, Any]) -> tuple[tuple[int, int], ...]:
        """Those of the annotation output_array, where there is one."""
        annotations = declared.get("ann", [])
        for each in annotations if isinstance(annotations, list) else []:
            if isinstance(each, dict) and each.get("id") == "output_array":
                arguments = each.get("args")
                listed = arguments[0] if isinstance(arguments, list) and arguments else None
                ranges = self._array(listed)
                known = [r for r in ranges if isinstance(r, Values) and len(r.ranges) <= 1]
                if len(known) == len(ranges):
                    return tuple((r.lowest, r.highest) if r else (1, 0) for r in known)
        return ()

    def _goal(self, declared: dict[str, Any]) -> None:
        method = declared.get("method")
        if method not in ("satisfy", "minimize", "maximize"):
            raise Refused(f"method {quote(method)}", "satisfy, minimize or maximize")
        term: Any = None
        if method != "satisfy":
            term = self._argument(declared.get("objective"))
        self.builder.goal(method, term)

    def _array(self, given: Any) -> list[Any]:
        if not isinstance(given, list):
            raise Refused(f"{quote(given)}", "a list")
        if any(isinstance(each, list) for each in given):
            raise Refused("an array within an array", "integers, names or sets")
        values = [self._argument(each) for each in given]
        if any(isinstance(value, list) for value in values):
            raise Refused("an array within an array", "integers, names or sets")
        return values

    def _argument(self, given: Any) -> Argument:
        if isinstance(given, bool | int):
            return given
        if isinstance(given, float):
            raise Refused(f"the float {given}", FLOATS_EXPECTED)
        if isinstance(given, list):
            return self._array(given)
        if isinstance(given, dict) and "set" in given:
            return self._values(given["set"])
        if isinstance(given, str) and given in self.builder.scope:
            return self.builder.scope[given]
        if isinstance(given, str):
            raise Refused(f"{quote(given)} is not declared", "a name that is declared")
        raise Refused(f"{quote(given)}", "an integer, a truth value, a name, a list or a set")

    def _values(self, ranges: Any) -> Values:
        if not isinstance(ranges, list):
            raise Refused(f"{quote(ranges)}", "a list of ranges [LOW, HIGH]")
        pairs = []
        for each in ranges:
            pair = [each, each] if isinstance(each, int) else each
            if (
                not isinstance(pair, list)
                or len(pair) != 2
                or not all(isinstance(v, int) and not isinstance(v, bool) for v in pair)
            ):
                raise Refused(f"the range {quote(each)}", "[LOW, HIGH], two integers")
            pairs.append((pair[0], pair[1]))
        return Values.joined(pairs)
