"""What FlatZinc's constraints say, written after its specification and not after the reader."""

from __future__ import annotations

from itertools import pairwise

#: The variables that the cases use, and their domains.
DECLARATIONS = {
    "x": "var -2..2: x", "y": "var -2..2: y", "z": "var -4..4: z", "w": "var 1..3: w",
    "a": "var bool: a", "b": "var bool: b", "c": "var bool: c", "r": "var bool: r",
    "s": "var set of 1..3: s", "t": "var set of {0,2,3}: t", "u": "var set of 0..3: u",
}  # fmt: skip


def _quotient(x, y):
    return int(x / y)  # rounded towards zero


def _power(x, y):
    if y >= 0:
        return x**y
    return _quotient(1, x**-y) if x else None


def _ordered(s, t):
    return sorted(s) <= sorted(t)


def _tour(successors, first, optional=False):
    nodes = list(range(first, first + len(successors)))
    after = dict(zip(nodes, successors, strict=True))
    if set(after.values()) != set(nodes):
        return False
    inside = [node for node in nodes if not optional or after[node] != node]
    seen, node = [], inside[0] if inside else None
    while node is not None and node not in seen:
        seen.append(node)
        node = after[node]
    return sorted(seen) == inside


def _fits(starts, durations, demands, capacity):
    tasks = list(zip(starts, durations, demands, strict=True))
    return all(
        sum(h for s, d, h in tasks if s <= time < s + d) <= capacity for time in range(-9, 9)
    )


#: A constraint's name, its arguments, and whether it holds for values of the variables in them,
#: in the order of DECLARATIONS.
MEANINGS = [
    ("int_eq", "x,y", lambda x, y: x == y),
    ("int_ne", "x,1", lambda x: x != 1),
    ("int_le", "x,y", lambda x, y: x <= y),
    ("int_lt", "x,y", lambda x, y: x < y),
    ("int_ge", "x,0", lambda x: x >= 0),
    ("int_gt", "x,y", lambda x, y: x > y),
    ("int_lin_eq", "[2,-1],[x,y],1", lambda x, y: 2 * x - y == 1),
    ("int_lin_ne", "[2,-1,3],[x,y,1],1", lambda x, y: 2 * x - y + 3 != 1),
    ("int_lin_le", "[2,3],[x,y],-1", lambda x, y: 2 * x + 3 * y <= -1),
    ("int_lin_lt", "[2,3],[x,y],-1", lambda x, y: 2 * x + 3 * y < -1),
    ("int_lin_ge", "[2,3],[x,y],1", lambda x, y: 2 * x + 3 * y >= 1),
    ("int_lin_gt", "[2,3],[x,y],1", lambda x, y: 2 * x + 3 * y > 1),
    ("int_plus", "x,y,z", lambda x, y, z: x + y == z),
    ("int_minus", "x,y,z", lambda x, y, z: x - y == z),
    ("int_negate", "x,y", lambda x, y: x == -y),
    ("int_times", "x,y,z", lambda x, y, z: x * y == z),
    ("int_div", "x,y,z", lambda x, y, z: y != 0 and _quotient(x, y) == z),
    ("int_div", "z,2,x", lambda x, z: _quotient(z, 2) == x),
    ("int_mod", "z,y,x", lambda x, y, z: y != 0 and z - y * _quotient(z, y) == x),
    ("int_pow", "x,y,z", lambda x, y, z: _power(x, y) == z),
    ("int_pow", "x,w,z", lambda x, z, w: x**w == z),
    ("int_pow_fixed", "x,2,z", lambda x, z: x * x == z),
    ("int_abs", "x,y", lambda x, y: abs(x) == y),
    ("int_min", "x,y,z", lambda x, y, z: min(x, y) == z),
    ("int_max", "x,y,z", lambda x, y, z: max(x, y) == z),
    ("array_int_minimum", "z,[x,1,y]", lambda x, y, z: min(x, 1, y) == z),
    ("array_int_maximum", "z,[x,y]", lambda x, y, z: max(x, y) == z),
    ("bool2int", "a,w", lambda w, a: a == w),
    ("bool_eq", "a,b", lambda a, b: a == b),
    ("bool_ne", "a,b", lambda a, b: a != b),
    ("bool_not", "a,b", lambda a, b: a != b),
    ("bool_le", "a,b", lambda a, b: a <= b),
    ("bool_lt", "a,b", lambda a, b: a < b),
    ("bool_ge", "a,b", lambda a, b: a >= b),
    ("bool_gt", "a,b", lambda a, b: a > b),
    ("bool_eq_reif", "a,b,r", lambda a, b, r: r == (a == b)),
    ("bool_ne_reif", "a,b,r", lambda a, b, r: r == (a != b)),
    ("bool_not_reif", "a,b,r", lambda a, b, r: r == (a != b)),
    ("bool_lt_reif", "a,b,r", lambda a, b, r: r == (a < b)),
    ("bool_gt_reif", "a,b,r", lambda a, b, r: r == (a > b)),
    ("bool_le_reif", "a,b,r", lambda a, b, r: r == (a <= b)),
    ("bool_and", "a,b,r", lambda a, b, r: r == (a and b)),
    ("bool_or", "a,b,r", lambda a, b, r: r == (a or b)),
    ("bool_xor", "a,b,r", lambda a, b, r: r == (a != b)),
    ("bool_xor", "a,b", lambda a, b: a != b),
    ("bool_and_imp", "a,b,r", lambda a, b, r: r <= (a and b)),
    ("bool_or_imp", "a,b,r", lambda a, b, r: r <= (a or b)),
    ("bool_xor_imp", "a,b,r", lambda a, b, r: r <= (a != b)),
    ("bool_clause", "[a,b],[c]", lambda a, b, c: a or b or not c),
    ("bool_clause", "[],[]", lambda: False),
    ("bool_clause_reif", "[a],[b,c],r", lambda a, b, c, r: r == (a or not b or not c)),
    ("array_bool_and", "[a,b,c],r", lambda a, b, c, r: r == (a and b and c)),
    ("array_bool_and", "[a,b],true", lambda a, b: a and b),
    ("array_bool_and", "[a,b],false", lambda a, b: not (a and b)),
    ("array_bool_or", "[a,b,c],r", lambda a, b, c, r: r == (a or b or c)),
    ("array_bool_or", "[a,b],false", lambda a, b: not (a or b)),
    ("array_bool_and_imp", "[a,b],r", lambda a, b, r: r <= (a and b)),
    ("array_bool_or_imp", "[a,b],r", lambda a, b, r: r <= (a or b)),
    ("array_bool_xor", "[a,b,c,true]", lambda a, b, c: (a + b + c) % 2 == 0),
    ("bool_lin_eq", "[1,2,1],[a,b,c],w", lambda w, a, b, c: a + 2 * b + c == w),
    ("bool_lin_ne", "[1,1],[a,b],1", lambda a, b: a + b != 1),
    ("bool_lin_le", "[1,2],[a,b],1", lambda a, b: a + 2 * b <= 1),
    ("bool_lin_lt", "[1,2],[a,b],w", lambda w, a, b: a + 2 * b < w),
    ("bool_lin_ge", "[1,2],[a,b],w", lambda w, a, b: a + 2 * b >= w),
    ("bool_lin_gt", "[1,2],[a,b],1", lambda a, b: a + 2 * b > 1),
    ("array_bool_element", "w,[true,false,true],b", lambda w, b: [1, 0, 1][w - 1] == b),
    ("array_int_element", "w,[2,-4],z", lambda z, w: w < 3 and [2, -4][w - 1] == z),
    ("array_var_bool_element", "w,[a,b,a],c", lambda w, a, b, c: [a, b, a][w - 1] == c),
    ("array_var_int_element", "w,[x,7,y],z", lambda x, y, z, w: [x, 7, y][w - 1] == z),
    ("set_in", "x,{-2,0,2}", lambda x: x in (-2, 0, 2)),
    ("set_in", "x,0..9", lambda x: x >= 0),
    ("set_in", "x,{}", lambda x: False),
    ("set_in", "x,s", lambda x, s: x in s),
    ("set_in", "2,s", lambda s: 2 in s),
    ("set_in_reif", "x,{-2,1,2,5},r", lambda x, r: r == (x in (-2, 1, 2))),
    ("set_in_reif", "x,-9..0,r", lambda x, r: r == (x <= 0)),
    ("set_in_reif", "x,t,r", lambda x, r, t: r == (x in t)),
    ("set_in_reif", "3,t,r", lambda r, t: r == (3 in t)),
    ("set_in_imp", "x,{1,-2},r", lambda x, r: r <= (x in (1, -2))),
    ("set_card", "s,w", lambda w, s: len(s) == w),
    ("set_eq", "s,t", lambda s, t: s == t),
    ("set_eq", "s,{1,3}", lambda s: s == {1, 3}),
    ("set_eq_reif", "s,t,r", lambda r, s, t: r == (s == t)),
    ("set_ne", "s,t", lambda s, t: s != t),
    ("set_ne_reif", "s,t,r", lambda r, s, t: r == (s != t)),
    ("set_subset", "s,t", lambda s, t: s <= t),
    ("set_subset_reif", "s,t,r", lambda r, s, t: r == (s <= t)),
    ("set_superset", "s,t", lambda s, t: s >= t),
    ("set_le", "s,t", _ordered),
    ("set_lt", "s,t", lambda s, t: sorted(s) < sorted(t)),
    ("set_lt_reif", "s,{1,3},r", lambda r, s: r == (sorted(s) < [1, 3])),
    ("set_ge", "s,t", lambda s, t: sorted(s) >= sorted(t)),
    ("set_gt", "s,t", lambda s, t: sorted(s) > sorted(t)),
    ("set_union", "s,t,u", lambda s, t, u: s | t == u),
    ("set_intersect", "s,t,u", lambda s, t, u: s & t == u),
    ("set_diff", "s,t,u", lambda s, t, u: s - t == u),
    ("set_symdiff", "s,t,u", lambda s, t, u: s ^ t == u),
    ("array_set_element", "w,[{1},{},{2,3}],s", lambda w, s: [{1}, set(), {2, 3}][w - 1] == s),
    ("array_set_element", "w,[{},{}],s", lambda w, s: w < 3 and not s),
    ("array_var_set_element", "w,[s,{2},t],u", lambda w, s, t, u: [s, {2}, t][w - 1] == u),
    ("fzn_all_different_int", "[x,y,0]", lambda x, y: len({x, y, 0}) == 3),
    ("fzn_all_different_int_reif", "[x,y,0],r", lambda x, y, r: r == (len({x, y, 0}) == 3)),
    ("fzn_alldifferent_except", "[x,y],{0,1}", lambda x, y: x != y or x in (0, 1)),
    ("fzn_all_equal_int", "[x,y,w]", lambda x, y, w: x == y == w),
    ("fzn_table_int", "[x,y],[1,2,0,0]", lambda x, y: (x, y) in ((1, 2), (0, 0))),
    ("fzn_table_int_reif", "[x,y],[1,2,0,0],r", lambda x, y, r: r == ((x, y) in ((1, 2), (0, 0)))),
    ("fzn_table_bool", "[a,b],[true,false]", lambda a, b: (a, b) == (1, 0)),
    ("fzn_global_cardinality", "[x,y,1],[1,2],[w,1]", lambda x, y, w: (
        [x, y, 1].count(1) == w and [x, y, 1].count(2) == 1)),
    ("fzn_global_cardinality", "[x,y],[1,1],[w,z]", lambda x, y, z, w: (
        [x, y].count(1) == w == z)),
    ("fzn_global_cardinality_closed", "[x,y],[1,2],[w,z]", lambda x, y, z, w: (
        {x, y} <= {1, 2} and [x, y].count(1) == w and [x, y].count(2) == z)),
    ("odesolve_count", "[x,y,1],1,w", lambda x, y, w: [x, y, 1].count(1) == w),
    ("fzn_regular", "[w,x,y],2,2,[1,2,0,1],1,{1}", lambda x, y, w: (
        (w, x, y) in ((1, 1, 1), (1, 2, 2), (2, 2, 1)))),
    ("fzn_regular_nfa", "[w,x],2,2,[{1,2},{},{},{2}],1,2..2", lambda x, w: (
        (w, x) in ((1, 1), (1, 2)))),
    ("odesolve_mdd", "[w,x],[1,1,2],[{1},{2,3},1..2],[2,0,0]", lambda x, w: w == 1 and 0 < x < 3),
    ("odesolve_circuit", "0,[x,y,w]", lambda x, y, w: _tour([x, y, w], 0)),
    ("odesolve_subcircuit", "-1,[x,y]", lambda x, y: _tour([x, y], -1, optional=True)),
    ("odesolve_inverse", "1,[x,y],[w,2]", lambda x, y, w: (x, y, w) == (1, 2, 1)),
    ("odesolve_cumulative", "[x,y],[2,1],[1,w],2", lambda x, y, w: (
        _fits([x, y], [2, 1], [1, w], 2))),
    ("fzn_lex_less_int", "[x,y],[1,w]", lambda x, y, w: (x, y) < (1, w)),
    ("fzn_lex_less_int", "[x,y],[1]", lambda x, y: [x, y] < [1]),
    ("fzn_lex_less_int", "[1],[x,y]", lambda x, y: [x, y] > [1]),
    ("fzn_lex_lesseq_int", "[x,y],[1,w]", lambda x, y, w: (x, y) <= (1, w)),
    ("fzn_lex_lesseq_int_reif", "[x,y],[1,1],r", lambda x, y, r: r == ((x, y) <= (1, 1))),
    ("fzn_lex_less_bool", "[a,b],[c,true]", lambda a, b, c: (a, b) < (c, 1)),
    ("fzn_lex_lesseq_bool", "[a,b],[c,r]", lambda a, b, c, r: (a, b) <= (c, r)),
    ("int_le_reif", "x,y,r", lambda x, y, r: r == (x <= y)),
    ("int_le_imp", "x,y,r", lambda x, y, r: r <= (x <= y)),
    ("int_eq_reif", "x,1,false", lambda x: x != 1),
    ("int_lin_le_reif", "[1,1],[x,y],1,true", lambda x, y: x + y <= 1),
    ("int_lin_ne_imp", "[1,1],[x,y],1,r", lambda x, y, r: r <= (x + y != 1)),
    ("int_times_reif", "x,y,z,r", lambda x, y, z, r: r == (x * y == z)),
    ("array_var_int_element_reif", "x,[1,y],2,r", lambda x, y, r: (
        r == (1 <= x <= 2 and [1, y][x - 1] == 2))),
    ("bool_clause_imp", "[a],[b],r", lambda a, b, r: r <= (a or not b)),
    ("set_union_reif", "s,t,u,r", lambda r, s, t, u: r == (s | t == u)),
    ("bool_lt_imp", "a,b,r", lambda a, b, r: r <= (a < b)),
]  # fmt: skip

assert all(one != other for one, other in pairwise(MEANINGS))
