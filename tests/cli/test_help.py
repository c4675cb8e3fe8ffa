"""Help: options in groups, defaults and examples that are real; and completion in a shell."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from odesolve.cli.help import GROUPS, Command
from odesolve.cli.main import COMMANDS, group, run

PROGRAM = Path(sys.executable).with_name("odesolve")


def loaded(name: str) -> Command:
    command = group.get_command(click.Context(group), name)
    assert isinstance(command, Command)
    return command


def options_of(command: click.Command) -> list[click.Option]:
    return [option for option in command.params if isinstance(option, click.Option)]


def parsed(line: str) -> click.Context:
    """The words behind the command's name, as click takes them."""
    words = shlex.split(line[line.index("odesolve ") :].partition(" < ")[0])
    return loaded(words[1]).make_context(words[1], words[2:])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_two_examples_that_parse(name, capsys):
    examples = loaded(name).examples
    assert len(set(examples)) == 2
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "\n\nExamples:\n" + "".join(f"  {line}\n" for line in examples) in shown
    for line in examples:
        assert f"odesolve {name} " in line
        assert len(line) < 78
        assert parsed(line).command.name == name


@pytest.mark.parametrize("line", ["odesolve color", "odesolve color a.col --colors none"])
def test_what_does_not_parse_is_noticed(line):
    with pytest.raises(click.UsageError):
        parsed(line)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_one_group_and_explained(name, capsys):
    listed = [parameter for names in GROUPS.values() for parameter in names]
    assert len(set(listed)) == len(listed)
    assert run([name, "--help"]) == 0
    sections = capsys.readouterr().out.split("\n\n")
    by_group = {text.partition(":\n")[0]: text for text in sections}
    for option in options_of(loaded(name)):
        assert option.help, option.name
        [title] = [title for title, names in GROUPS.items() if option.name in names]
        assert re.search(rf"^  .*{re.escape(option.opts[-1])}\b", by_group[title], re.MULTILINE)
    assert "-h, --help" in by_group["Output"].splitlines()[-1]


@pytest.mark.parametrize("name", COMMANDS)
def test_options_name_their_defaults(name):
    """Numbers, choices and formats: what has a value even if nobody gives one."""
    context = click.Context(loaded(name))
    for option in options_of(loaded(name)):
        has_value = isinstance(option.type, click.IntRange | click.FloatRange | click.Choice)
        has_value |= option.type in (click.INT, click.FLOAT) or option.metavar == "NAME"
        additive = option.multiple and option.name != "runs"
        if has_value and not additive and option.name != "prove":
            _, text = option.get_help_record(context)
            assert "[default: " in text, option.name


# --------------------------------------------------------------------------------------- completion


def completed(*words: str, capsys, monkeypatch) -> list[str]:
    """What bash would be told when the last word is to be completed."""
    monkeypatch.setenv("_ODESOLVE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", shlex.join(["odesolve", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    with pytest.raises(SystemExit):
        run([])
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["co"], ["plain,color", "plain,convert"]),
        (["x"], [""]),
        (["convert", "--re"], ["plain,--renumber", "plain,--relate"]),
        (["color", "gr"], ["file,gr"]),
        (["check", "a.cnf", "mo"], ["file,mo"]),
        (["sat", "a.cnf", "--stepper", "he"], ["plain,heavy-ball", "plain,heun"]),
    ],
)
def test_completion(words, found, capsys, monkeypatch):
    assert completed(*words, capsys=capsys, monkeypatch=monkeypatch) == found


def test_completing_a_command_loads_no_command():
    code = (
        "import sys; from odesolve.cli.main import main\n"
        "try: main([])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    environment = {"_ODESOLVE_COMPLETE": "bash_complete", "COMP_WORDS": "odesolve s",
                   "COMP_CWORD": "1"}  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment
    )
    assert ran.stdout == "plain,sat\nplain,subtract\nplain,study\n"
    modules = set(ran.stderr.split())
    assert "odesolve.cli.main" in modules
    assert modules.isdisjoint({"jax", "numpy", "odesolve.cli.sat", "odesolve.cli.options"})


@pytest.mark.skipif(not PROGRAM.exists(), reason="the command is not installed")
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(shell):
    environment = os.environ | {"_ODESOLVE_COMPLETE": f"{shell}_source"}
    ran = subprocess.run([PROGRAM], capture_output=True, text=True, env=environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "_ODESOLVE_COMPLETE" in ran.stdout
