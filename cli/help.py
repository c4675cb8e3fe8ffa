"""What every command's ``--help`` shows: options in groups, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["GROUPS", "Command", "complete_files"]

#: Group of options -> the parameters in it, of all commands, in the order in which they are shown.
GROUPS: dict[str, tuple[str, ...]] = {
    "Problem": (
        "colors", "file_format", "format", "source_format", "target_format", "renumber",
        "relations", "addition", "multiplication", "number",
        "precolor", "precoloring", "hint", "assume", "max_sat", "target", "solutions", "fixed",
        "bits", "linear", "multiplier", "split", "encoding", "implicates", "start", "run",
        "variables", "ratio", "clauses", "width", "of_command", "size", "is_ising", "spins",
        "degree", "is_cut", "data", "all_solutions", "installing", "uninstalling", "folder",
        "merge",
    ),
    "Search": (
        "runs", "seed", "time_limit", "max_steps", "trials", "seconds", "steps", "preset",
        "dynamics", "parameters", "vary", "stepper", "patience", "all_runs", "presolve", "prove",
        "device", "devices", "kernels", "distributed", "coordinator", "processes", "process_id",
        "milliseconds", "processors", "free_search", "workers", "scheduler", "stale_after",
        "again",
    ),
    "Output": (
        "as_json", "answer_format", "output", "map_file", "plot", "trace",
        "checkpoint", "checkpoint_every", "resume", "quiet",
        "verbose", "progress", "intermediate", "statistics", "exported",
    ),
}  # fmt: skip


class Command(click.Command):
    """A command that groups its options in its help, and ends it with examples.

    Arguments:
        examples: command lines, as a user types them.
    """

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = tuple(examples)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups; an option that is in none of them belongs to the problem."""
        records: dict[str, list[tuple[str, str]]] = {group: [] for group in GROUPS}
        group_of = {name: group for group, names in GROUPS.items() for name in names}
        last = self.get_help_option(ctx)
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record:
                group = "Output" if option is last else group_of.get(option.name or "", "Problem")
                records[group].append(record)
        for group, listed in records.items():
            if listed:
                with formatter.section(group):
                    formatter.write_dl(listed)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are typed, each on one line."""
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def complete_files(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Have the shell complete the name of a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]
