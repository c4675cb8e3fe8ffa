"""Small MiniZinc models, one or more for every constraint that is handed over by its name."""

#: Name -> model. All have few solutions, so that they can be enumerated, and no output item.
SMALL_MODELS: dict[str, str] = {
    "linear": """
        var 0..4: x; var 0..4: y; var bool: b; var bool: c;
        constraint 2*x - 3*y <= 1; constraint x + y != 3; constraint b <-> (x + 2*y = 6);
        constraint c -> (x - y < 0); constraint not c -> x >= y; constraint (x*2 + y > 7) -> b;""",
    "comparisons": """
        var 0..3: x; var 0..3: y; array[1..6] of var bool: b;
        constraint b[1] <-> x = y; constraint b[2] <-> x != y; constraint b[3] <-> x <= y;
        constraint b[4] <-> x < y; constraint b[5] <-> x = 2; constraint b[6] <-> (x in {0,2,3});
        constraint x in {0, 1, 3} /\\ y in 1..2;""",
    "arithmetic": """
        var -3..3: x; var -3..3: y; var -9..9: p; var -9..9: q; var -9..9: r; var -9..9: s;
        constraint p = x * y; constraint y != 0 /\\ q = x div y; constraint r = x mod y;
        constraint s = abs(x - y);""",
    "extremes": """
        var -2..2: x; var -2..2: y; var -2..2: z; var -2..2: l; var -2..2: m; var -2..2: n;
        constraint l = min([x, y, z]); constraint m = max([x, y, z]); constraint n = min(x, y);""",
    # An exponent that varies, and the order of sets, stand in flatzinc_meanings.py: Gecode 6.2 has
    # neither as MiniZinc defines it.
    "powers": """
        var -2..2: x; var -10..10: z; var -30..30: w;
        constraint z = pow(x, 2); constraint w = pow(x, 3);""",
    "truths": """
        array[1..4] of var bool: a; array[1..9] of var bool: r; var 0..4: n;
        constraint r[1] <-> (a[1] /\\ a[2]); constraint r[2] <-> (a[1] \\/ a[2]);
        constraint r[3] <-> (a[1] xor a[2]); constraint r[4] <-> (a[3] -> a[4]);
        constraint r[5] <-> not a[4]; constraint r[6] <-> (a[1] < a[3]);
        constraint r[7] <-> (a[2] = a[3]); constraint r[8] <-> xorall(a);
        constraint r[9] <-> forall(a); constraint n = sum(a); constraint exists(a);""",
    "elements": """
        var 1..4: i; var 1..3: j; var 0..9: x; var bool: b; var 0..9: y;
        array[1..3] of var 0..2: a; array[1..4] of int: v = [5, 0, 5, 7];
        constraint x = v[i]; constraint b = [true, false, true, true][i];
        constraint y = a[j]; constraint a[1] < a[2]; constraint a[j] > 0;""",
    "all_different": """
        include "globals.mzn"; array[1..3] of var 0..3: x; array[1..3] of var 0..2: y; var bool: b;
        constraint all_different(x); constraint x[1] < x[2];
        constraint b <-> all_different(y); constraint alldifferent_except_0(y);""",
    "all_different_except": """
        include "globals.mzn"; array[1..3] of var 0..3: x; array[1..3] of var 0..2: y; var bool: b;
        constraint all_different_except(x, {1, 2}); constraint b <-> all_equal(y);
        constraint all_equal([x[1], y[1]]);""",
    "tables": """
        include "globals.mzn"; array[1..3] of var 0..3: x; array[1..2] of var bool: y;
        var bool: b; array[1..2] of var 0..2: z;
        constraint table(x, [| 0, 1, 2 | 3, 1, 0 | 2, 2, 2 |]);
        constraint table(y, [| false, true | true, true |]);
        constraint b <-> table(z, [| 0, 1 | 2, 2 |]);""",
    "cardinality": """
        include "globals.mzn"; array[1..4] of var 0..3: x; array[1..2] of var 0..4: c;
        constraint global_cardinality(x, [1, 3], c); constraint c[1] > c[2];
        array[1..3] of var 0..3: y; constraint global_cardinality_closed(y, [0, 2], [1, 2]);""",
    "cardinality_bounds": """
        include "globals.mzn"; array[1..3] of var 0..3: x; array[1..3] of var 0..3: y;
        constraint global_cardinality_low_up(x, [1, 3], [1, 0], [2, 1]);
        constraint global_cardinality_low_up_closed(y, [0, 2], [1, 1], [2, 2]);
        constraint x[1] <= y[1];""",
    "counts": """
        include "globals.mzn"; array[1..3] of var 0..2: x; var 0..3: n; var 0..2: v; var 0..3: m;
        constraint count(x, 1, n); constraint m = count(x, v); constraint at_least(1, x, 2);
        constraint at_most(2, x, 2); var bool: b; constraint b <-> count(x, 0) = 1;""",
    "among": """
        include "globals.mzn"; array[1..3] of var 0..4: x; var 0..3: n; var 0..3: k;
        constraint among(n, x, {1, 3}); constraint nvalue(k, x); constraint increasing(x);""",
    "regular": """
        include "globals.mzn"; array[1..4] of var 1..2: x; array[1..3] of var 1..2: y;
        constraint regular(x, 3, 2, [| 2, 1 | 3, 1 | 0, 1 |], 1, {1, 2});
        constraint regular_nfa(y, 2, 2, [| {1, 2}, {} | {2}, {1} |], 1, {2});""",
    "mdd": """
        include "globals.mzn"; array[1..2] of var 1..3: x;
        constraint mdd(x, 3, [1, 2, 2], 4, [1, 1, 2, 3], [{1}, {2, 3}, {3}, {1, 2}], [2, 3, 0, 0]);
        """,
    "circuit": """
        include "globals.mzn"; array[1..4] of var 1..4: x; constraint circuit(x);""",
    "subcircuit": """
        include "globals.mzn"; array[0..2] of var 0..2: y; constraint subcircuit(y);""",
    "inverse": """
        include "globals.mzn"; array[1..3] of var 1..3: f; array[1..3] of var 1..3: g;
        constraint inverse(f, g); array[0..1] of var 2..3: p; array[2..3] of var 0..1: q;
        constraint inverse(p, q);""",
    "cumulative": """
        include "globals.mzn"; array[1..3] of var 0..3: s;
        constraint cumulative(s, [2, 1, 2], [1, 2, 1], 2); constraint s[1] <= s[3];""",
    "cumulative_variable": """
        include "globals.mzn"; array[1..2] of var 0..2: s; array[1..2] of var 0..2: d;
        array[1..2] of var 1..2: r; var 1..3: b; constraint cumulative(s, d, r, b);
        constraint s[1] <= s[2]; constraint d[1] + d[2] > 2;""",
    "disjunctive": """
        include "globals.mzn"; array[1..3] of var 0..4: s; constraint s[1] < s[3];
        constraint disjunctive(s, [2, 0, 1]); array[1..2] of var 0..3: t;
        constraint disjunctive_strict(t, [2, 1]);""",
    "lexicographic": """
        include "globals.mzn"; array[1..2] of var 0..2: x; array[1..2] of var 0..2: y;
        array[1..3] of var 0..1: z; constraint lex_less(x, y); constraint lex_lesseq(x, z);
        array[1..2] of var bool: p; array[1..2] of var bool: q; constraint lex_lesseq(p, q);
        var bool: b; constraint b <-> lex_less(z, x);""",
    "sets": """
        var set of 1..3: s; var set of 2..4: t; var set of 1..4: u; var 0..4: n; var bool: b;
        constraint u = s union t; constraint n = card(s intersect t); constraint 2 in s;
        constraint b <-> s subset t; constraint card(s) <= 2;""",
    "set_differences": """
        var set of 1..3: s; var set of 1..3: t; var set of 1..3: d; var set of 1..3: e;
        constraint d = s diff t; constraint e = s symdiff t; constraint s != t;
        constraint card(t) = 1;""",
    "set_relations": """
        var set of 1..3: s; var set of 1..3: t; array[1..3] of var bool: b;
        constraint b[1] <-> s subset t; constraint b[2] <-> s != t; constraint b[3] <-> s = t;
        constraint s superset {1} \\/ t = {};""",
    "set_elements": """
        var 1..3: i; var set of 1..4: s; array[1..2] of var set of 1..2: a; var 1..2: j;
        var 0..3: x; constraint s = [{1, 2}, {}, {2, 4}][i]; constraint x in a[j];
        constraint card(a[1]) = 1;""",
    "membership": """
        var set of {1, 4, 6}: s; var 0..7: x; var bool: b; var 0..7: y; var bool: c;
        constraint b <-> x in s; constraint y in s; constraint c <-> y in {1, 2, 6};
        constraint x <= 4;""",
}
