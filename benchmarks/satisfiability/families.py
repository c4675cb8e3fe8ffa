"""The families, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.satisfiability.generators import (
    controlled_clauses,
    costly_models,
    planted_clauses,
    uniform_clauses,
    weighted_covers,
)
from benchmarks.satisfiability.kinds import (
    CLAUSE_SOLVERS,
    COMPLETE,
    LARGE_SOLVERS,
    MIXED_SOLVERS,
    OPTIMIZERS,
    STRUCTURED_SOLVERS,
    Asked,
    Family,
    factoring_family,
    files_family,
    hybrid_family,
    make_colorings,
    make_known_satisfiable,
    make_pseudo_boolean,
    make_unsatisfiable,
    make_weighted_files,
    maxsat_family,
    parity_family,
    partial_family,
    random_family,
)
from benchmarks.satisfiability.solvers import CP_SAT, OURS, PROBSAT


def _cdc(variables: int) -> Callable[[int], np.ndarray]:
    return lambda seed: controlled_clauses(variables, round(4.3 * variables), seed)[0]


def _uniform(variables: int, ratio: float, width: int = 3) -> Callable[[int], np.ndarray]:
    return lambda seed: uniform_clauses(variables, round(ratio * variables), width, seed)


def _planted(variables: int, ratio: float) -> Callable[[int], np.ndarray]:
    return lambda seed: planted_clauses(variables, round(ratio * variables), 3, seed)[0]


SATLIB = (20, 50, 75, 100, 125, 150, 175, 200, 225, 250)
STRUCTURED = (
    "logistics/*", "blocksworld/*", "bmc/*", "dimacs-hanoi/*", "ais/*", "dimacs-ssa/*",
    "dimacs-bf/*", "dimacs-ii/*", "quasigroup/*", "dimacs-aim/*", "dimacs-jnh/*", "dimacs-lran/*",
)  # fmt: skip
#: The crafted and random sets of unweighted MaxSAT that are on disk.
MAXSAT_SETS = (
    "ms_crafted_bipartite_maxcut-140-630-0.7", "ms_crafted_maxcut_abrame-habet_v140",
    "ms_crafted_maxcut_dimacs-mod", "ms_crafted_maxcut_spinglass", "ms_crafted_set-covering",
    "ms_random_abrame-habet_max2sat_120v", "ms_random_abrame-habet_max2sat_200v",
    "ms_random_abrame-habet_max3sat_110v", "ms_random_abrame-habet_max3sat_70v",
    "ms_random_highgirth_3sat", "ms_random_highgirth_4sat",
)  # fmt: skip
#: Group, width, ratio, variables and how many of five are asked within 300 s; 0 is none.
AT_THE_THRESHOLD = (
    ("uniform", 3, 4.2, 100_000, 5),
    ("threshold", 3, 4.25, 10_000, 3),
    ("k-sat-5", 5, 20.0, 1000, 0),
    ("k-sat-7", 7, 85.0, 1000, 0),
)
#: Variables of which a million clauses are 4.2 each.
MILLION_CLAUSES = 238_095
CDC = (50, 100, 200, 500, 1000, 2000)
CDC_TITLE = "planted 3-SAT, clause distribution control p0 = .08, ratio 4.3"

FAMILIES: tuple[Family, ...] = (
    *(
        files_family(
            f"uf{n}", f"SATLIB uf{n}", [f"uf{n}-*/*"], "uf", size=n, asked=Asked(10, 10, 20.0)
        )
        for n in SATLIB
    ),
    Family(
        "uniform-known-250",
        "uniform 3-SAT, ratio 4.2, N = 250, satisfiable",
        make_known_satisfiable,
        "uniform-known",
        count=20,
        asked=Asked(20, 20, 20.0),
        size=250,
    ),
    Family("flat200", "SATLIB flat200-479 as clauses", make_colorings, "flat200"),
    *(
        random_family(
            "cdc",
            CDC_TITLE,
            _cdc(n),
            n,
            limit=120.0,
            count=20,
            peer_count=20 if n < 500 else 3,
            solvers=CLAUSE_SOLVERS if n < 500 else LARGE_SOLVERS,
            asked=Asked(20, 20, 120.0),
        )
        for n in CDC
    ),
    *(
        random_family(
            "uniform-4.0",
            "uniform 3-SAT, ratio 4.0",
            _uniform(n, 4.0),
            n,
            limit=60.0,
            count=10,
            solvers=LARGE_SOLVERS,
            asked=Asked(5, 5, 60.0) if n == 10_000 else None,
        )
        for n in (500, 2000, 10_000)
    ),
    *(
        random_family(
            "uniform-4.2",
            "uniform 3-SAT, ratio 4.2",
            _uniform(n, 4.2),
            n,
            limit=120.0 if n < 10_000 else 60.0,
            count=10 if n < 10_000 else 20,
            solvers=LARGE_SOLVERS,
            asked={2000: Asked(4, 5, 120.0), 10_000: Asked(20, 20, 60.0)}.get(n),
        )
        for n in (500, 2000, 10_000)
    ),
    *(
        random_family(
            group,
            f"uniform {width}-SAT, ratio {ratio:g}",
            _uniform(variables, ratio, width),
            variables,
            limit=300.0,
            count=5,
            solvers=LARGE_SOLVERS,
            asked=Asked(solved, 5, 300.0) if solved else None,
        )
        for group, width, ratio, variables, solved in AT_THE_THRESHOLD
    ),
    random_family(
        "uniform",
        "uniform 3-SAT, a million clauses, ratio 4.2",
        _uniform(MILLION_CLAUSES, 4.2),
        MILLION_CLAUSES,
        limit=900.0,
        count=1,
        solvers=(OURS, PROBSAT),
    ),
    files_family(
        "competition",
        "uniform 3-SAT of the SAT competitions, ratio 4.25 and 4.26",
        ["competition-unif-k3/*"],
        limit=60.0,
        count=5,
        peer_count=3,
        solvers=LARGE_SOLVERS,
    ),
    random_family(
        "5-sat", "uniform 5-SAT, ratio 18", _uniform(200, 18.0, 5), 200, limit=60.0, count=5
    ),
    random_family(
        "5-sat",
        "uniform 5-SAT, ratio 18",
        _uniform(1000, 18.0, 5),
        1000,
        limit=60.0,
        count=5,
        peer_count=3,
        solvers=LARGE_SOLVERS,
    ),
    random_family(
        "7-sat",
        "uniform 7-SAT, ratio 70",
        _uniform(120, 70.0, 7),
        120,
        limit=60.0,
        count=5,
        peer_count=3,
    ),
    random_family(
        "planted-6",
        "planted 3-SAT, ratio 6",
        _planted(100_000, 6.0),
        100_000,
        limit=60.0,
        count=3,
        solvers=LARGE_SOLVERS,
        asked=Asked(3, 3, 60.0),
    ),
    parity_family(60, 54, as_lines=True, count=3),
    parity_family(1000, 900, as_lines=True, count=3),
    parity_family(30, 27, as_lines=False, count=5),
    parity_family(60, 54, as_lines=False, count=5),
    files_family(
        "parity",
        "SATLIB parity learning as clauses",
        ["dimacs-parity/*"],
        limit=60.0,
        solvers=STRUCTURED_SOLVERS,
    ),
    files_family(
        "structured",
        "structured files with a model",
        STRUCTURED,
        limit=60.0,
        count=99,
        solvers=STRUCTURED_SOLVERS,
        asked=Asked(28, 30, 60.0),
    ),
    *(factoring_family(bits, limit=30.0, count=5) for bits in (12, 16, 20)),
    Family(
        "unsatisfiable",
        "files without a model",
        make_unsatisfiable,
        "unsatisfiable",
        limit=10.0,
        count=20,
        solvers=COMPLETE,
    ),
    hybrid_family("cnf_xor_card_n50", "clauses, XOR and cardinality rows, N = 50"),
    hybrid_family("cnf_xor_card_n100_solved", "clauses, XOR and cardinality rows, N = 100"),
    hybrid_family("parity_learning_card_xor", "parity learning: XOR and cardinality rows"),
    Family(
        "pb-decision",
        "pseudo-Boolean files without an objective, with a model",
        make_pseudo_boolean("*/*.opb", False),
        "pb",
        solvers=MIXED_SOLVERS,
    ),
    Family(
        "pb-optimum",
        "linear pseudo-Boolean files with an objective",
        make_pseudo_boolean("*/*.opb", True),
        "pb",
        solvers=(OURS, CP_SAT),
    ),
    Family(
        "maxsat-files",
        "MaxSAT files, crafted and random, one of each set",
        make_weighted_files([f"{name}/*" for name in MAXSAT_SETS], 1),
        "maxsat",
        count=99,
        limit=60.0,
        solvers=OPTIMIZERS,
    ),
    Family(
        "maxsat-weighted",
        "weighted and partial MaxSAT files",
        make_weighted_files(["weighted/*.wcnf"], 99),
        "maxsat",
        count=99,
        limit=60.0,
        solvers=OPTIMIZERS,
    ),
    maxsat_family(100, 7.0, 3, 1, count=10, limit=60.0),
    maxsat_family(1000, 7.0, 3, 10, count=10, limit=60.0),
    partial_family(
        "maxsat-partial-300",
        "hard 3-SAT, ratio 3.7, N = 300, and a wish of weight 1 to 10 for each variable",
        lambda seed: costly_models(300, 1110, seed, 10),
        300,
        count=10,
        limit=60.0,
    ),
    partial_family(
        "maxsat-vertex-cover-400",
        "weighted vertex cover, 400 nodes, 1,600 edges, weights 1 to 10",
        lambda seed: weighted_covers(400, 1600, 2, seed, 10),
        400,
        count=10,
        limit=60.0,
    ),
    partial_family(
        "maxsat-set-cover-300",
        "weighted set cover, 300 sets, 250 elements in 6 sets each, weights 1 to 20",
        lambda seed: weighted_covers(300, 250, 6, seed, 20),
        300,
        count=10,
        limit=60.0,
    ),
)
