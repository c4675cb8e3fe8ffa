"""``odesolve color``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from odesolve.budget import OutOfTime
from odesolve.cli.clock import read_within
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import SolveOptions, shared_options
from odesolve.cli.output import (
    describe_run,
    details,
    exit_code,
    named_in_errors,
    note,
    print_json,
    print_statistics,
    printable,
    problem_named,
    report_unread,
)
from odesolve.names import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from odesolve.problems.coloring.result import ColoringResult
    from odesolve.problems.graphs.graph import Graph
    from odesolve.trajectory import Recorder

    _ParameterType = click.ParamType[int | str, Any]
else:  # click before 8.4 has no type arguments
    _ParameterType = click.ParamType

#: Node names printed for each colour before the text says how many more there are.
NAMES_SHOWN = 200


class ColorCount(_ParameterType):
    """A number of colours, or ``min``."""

    name = "colours"
    _numbers = click.IntRange(1, 1_000_000)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """The number, or "min".

        Raises:
            click.BadParameter: anything else.
        """
        if value == "min":
            return "min"
        try:
            return self._numbers.convert(value, param, ctx)
        except click.BadParameter as error:
            raise click.BadParameter(f"{error.message} Or say 'min'.", ctx, param) from None


@click.command(
    "color",
    cls=Command,
    examples=(
        "odesolve color map.json --colors 4 -o map.sol",
        "odesolve color queens.col --colors min --time-limit 60",
    ),
)
@click.argument("graph", metavar="GRAPH", shell_complete=complete_files)
@click.option(
    "--colors",
    type=ColorCount(),
    default=3,
    show_default=True,
    metavar="Q|min",
    help="The number of colours; 'min' for as few as can be found.",
)
@click.option(
    "--encoding",
    type=click.Choice(["simplex", "onehot", "modular"]),
    default="simplex",
    show_default=True,
    help="How colours become continuous; 'modular' is the article's circle.",
)
@click.option(
    "--format",
    "file_format",
    metavar="NAME",
    help="Such as dimacs or metis; an unknown one lists all. [default: by content and extension]",
)
@click.option(
    "--precolor", multiple=True, metavar="NODE=COLOR", help="Fix a node's colour. Repeatable."
)
@click.option(
    "--precoloring", type=click.Path(), metavar="FILE", help="Fixed colours, as JSON or CSV."
)
@click.option(
    "--hint", type=click.Path(), metavar="FILE", help="A colouring to begin near, whole or in part."
)
@shared_options
def command(
    graph: str,
    colors: int | str,
    encoding: str,
    file_format: str | None,
    precolor: tuple[str, ...],
    precoloring: str | None,
    hint: str | None,
    options: SolveOptions,
) -> int:
    """Colour GRAPH with Q colours so that neighbours differ.

    GRAPH is a file (JSON, DIMACS .col, edge list or CSV, GraphML, DOT, METIS and more; also
    gzipped), or - for standard input. -o writes the colouring as .json, .csv or .sol by its
    extension.
    """
    from odesolve.problems.graphs.formats import read_graph

    _check_paths(options)
    try:
        read = read_within(options.budget, lambda: read_graph(graph, format=file_format))
    except OutOfTime:
        return report_unread(graph, options.seed, as_json=options.as_json)
    fixed = _fixed(read, precolor, precoloring)
    if colors == "min" and (options.all_runs or options.trace is not None):
        name = "--all-runs" if options.all_runs else "--trace"
        raise click.UsageError(f"{name} has no use with --colors min")
    near = _hint(read, hint)
    with problem_named(graph):
        result, recorder = _solve(read, colors, encoding, fixed, near, options)
    # The answer comes first: a file that cannot be written must not swallow it.
    if options.as_json:
        print_json(result.to_json(statistics=options.all_runs))
    else:
        _print_text(result, options)
    _write_files(result, recorder, options)
    return exit_code(result.status, result.run.reason)


def _check_paths(options: SolveOptions) -> None:
    """Refuse output files before a long solve, not after it."""
    from odesolve.problems.coloring.files import check_output_path
    from odesolve.problems.files import check_writable

    if options.output is not None:
        check_output_path(options.output)
    if options.plot is not None:
        check_writable(options.plot, PICTURE_SUFFIXES)
    if options.trace is not None:
        check_writable(options.trace, (".npz",))


def _fixed(graph: Graph, precolor: tuple[str, ...], file: str | None) -> dict[Any, int]:
    """Fixed colours from the options, by node name."""
    from odesolve.problems.coloring.files import read_colors
    from odesolve.problems.errors import InputError, quote
    from odesolve.problems.graphs.node_colors import parse_precolor_option

    fixed = read_colors(file, graph) if file is not None else {}
    for text in precolor:
        node, value = parse_precolor_option(text, graph)
        if fixed.setdefault(node, value) != value:
            raise InputError(
                "--precolor",
                f"node {quote(graph.names[node])} has colours {fixed[node]} and {value}",
                "one colour for a node",
            )
    return {graph.names[node]: value for node, value in fixed.items()}


def _hint(graph: Graph, file: str | None) -> dict[Any, int] | None:
    """The colouring to begin near, by node name."""
    if file is None:
        return None
    from odesolve.problems.coloring.files import read_colors

    return {graph.names[node]: color for node, color in read_colors(file, graph).items()}


def _solve(
    graph: Graph,
    colors: Any,
    encoding: str,
    fixed: dict[Any, int],
    hint: dict[Any, int] | None,
    options: SolveOptions,
) -> tuple[ColoringResult, Recorder | None]:
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line
    from odesolve.problems.coloring.solve import color

    recorder = options.recorder()
    choose_device(options.device, quiet=options.quiet, devices=options.devices)
    with progress_line(options.progress) as report:
        result = color(
            graph,
            colors,
            encoding=encoding,
            **options.for_problem(),
            precoloring=fixed,
            hint=hint,
            progress=report,
            recorder=recorder,
            improved=None if options.as_json else _print_improvement,
            **options.for_engine(),
        )
    return result, recorder


def _print_improvement(result: ColoringResult) -> None:
    """A line for each better colouring, as it is found."""
    click.echo(f"{result.color_count} colours after {result.found_after:.1f} s")


def _write_files(result: ColoringResult, recorder: Recorder | None, options: SolveOptions) -> None:
    """Write what was asked for; a colouring file only if it is proper."""
    if options.output is not None and result.satisfied:
        from odesolve.problems.coloring.files import write_coloring

        write_coloring(options.output, result.graph, result.colors, _extra(result))
    if options.plot is not None and len(result.colors):
        from odesolve.problems.coloring.plot import plot_coloring

        with named_in_errors(options.plot):
            plot_coloring(options.plot, result)
    options.save_trace(recorder, result.drawn_width)


def _extra(result: ColoringResult) -> dict[str, Any]:
    """What a JSON colouring file says besides the colouring."""
    return {"status": str(result.status), "colors": result.color_count, "seed": result.run.seed}


def _print_text(result: ColoringResult, options: SolveOptions) -> None:
    graph, run = result.graph, result.run
    size = f"{graph.node_count} nodes, {graph.edge_count} edges, {result.color_count} colours"
    click.echo(f"{result.status}: {size}")
    if result.proof:
        named = ", ".join(map(printable, result.proof_labels))
        click.echo(f"  {result.notes[-1]}: {named}")
        if result.satisfied and not result.proved_fewest:
            click.echo(f"  {run.reason.text}; fewer colours may do")
    elif not result.satisfied:
        click.echo(f"  {run.reason.text}; best so far: {result.violated} edges violated")
    _print_classes(result)
    if options.all_runs and len(run.runs):
        print_statistics(run.runs.statistics(), len(run.runs))
    if not options.quiet:
        _print_notes(result, options)


def _print_classes(result: ColoringResult) -> None:
    """The nodes of each colour, as far as a person would read."""
    classes: dict[int, list[str]] = {}
    for label, value in result.labelled_coloring.items():
        classes.setdefault(value, []).append(printable(label))
    for value, labels in sorted(classes.items()):
        hidden = len(labels) - NAMES_SHOWN
        more = f" ... and {hidden} more (-o FILE or --json gives all)" if hidden > 0 else ""
        click.echo(f"  colour {value}: {' '.join(labels[:NAMES_SHOWN])}{more}")


def _print_notes(result: ColoringResult, options: SolveOptions) -> None:
    run = result.run
    for text in result.notes if not result.proof else result.notes[:-1]:
        note(text)
    if len(run.runs):
        note(describe_run(run))
    if options.output is not None and not result.satisfied:
        note(f"{options.output} was not written: there is no proper colouring to write")
    if options.verbose:
        note(f"presolve left {result.core_nodes} nodes and {result.core_edges} edges")
        for text in details(run):
            note(text)
