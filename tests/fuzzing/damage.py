"""What happens to files: what must not change their meaning, and what may."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from collections.abc import Callable
from functools import partial

from fuzzing.choices import Choices
from odesolve.problems.compression import compress

#: Odd texts that are put into files and options.
ODD = [
    "NaN", "nan", "-nan", "inf", "-inf", "1e999", "1e308", "-1", "0", "-0", "00", "+1", "1.0",
    "1.5", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "1" * 5000, "١٢",
    "²", "½", "0x10", "1_000", "1e3", "", " ", "\t", "\x0b", "\x0c", "\x1b[31m", "\x00", "\x7f",
    "\u2028", "\u202e", "\ufeff", "\ud7ff", "é", "💥", "\"", "'", "\\", "`", "{", "}", "[", "]",
    "(", ")", "<", ">", ";", ",", ":", "#", "%", "*", "c", "p", "p cnf", "p edge 3 3", "h", "x1",
    "~x1", "~~x1", ">=", "!=", "min:", "soft:", "true", "null", "None", "../x", "%s", "{0}", "--",
    "-h", "--help", "$HOME", "<graphml>", "<!DOCTYPE a>", "&lt;", "[" * 3000, "{\"a\":" * 500,
]  # fmt: skip


def wrapped(
    choices: Choices, text: str, name: str, wrappings: tuple[str, ...]
) -> tuple[bytes, str]:
    """Encode and compress, which changes no meaning; the content, and the file's new name."""
    if choices.one_in(6):
        text = text.replace("\n", "\r\n")
    if choices.one_in(8):
        text = text + choices.pick(["\n", "\n\n", " \n"])
    encoding = "utf-8-sig" if choices.one_in(10) else "utf-8"
    if "utf-16" in wrappings and choices.one_in(12):
        encoding = "utf-16"
    return _packed(choices, text.encode(encoding, "surrogatepass"), name, wrappings)


def wrapped_bytes(
    choices: Choices, data: bytes, name: str, wrappings: tuple[str, ...], *, text: bool
) -> tuple[bytes, str]:
    """The same for bytes, of text or of a binary format, which is only compressed."""
    if text:
        return wrapped(choices, data.decode(), name, wrappings)
    return _packed(choices, data, name, wrappings)


def _packed(
    choices: Choices, data: bytes, name: str, wrappings: tuple[str, ...]
) -> tuple[bytes, str]:
    if choices.below(8):
        return data, name
    kind = choices.pick([kind for kind in _COMPRESSED if kind in wrappings] or [""])
    if not kind:
        return data, name
    return _COMPRESSED[kind](data), name + (f".{kind}" if choices.below(3) else "")


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)  # the same bytes at any time


_COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gz": _gzip,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": partial(compress, path="f.zst"),
}


def damaged(choices: Choices, data: bytes) -> bytes:
    """One to three things go wrong with a file."""
    for _ in range(choices.pick([1, 1, 1, 2, 3])):
        data = choices.pick(_DAMAGES)(choices, data)
    return data


def _cut(choices: Choices, data: bytes) -> bytes:
    return data[: choices.below(len(data) + 1)]


def _beheaded(choices: Choices, data: bytes) -> bytes:
    return data[choices.below(len(data) + 1) :]


def _line_lost(choices: Choices, data: bytes) -> bytes:
    lines = data.split(b"\n")
    del lines[choices.below(len(lines))]
    return b"\n".join(lines)


def _header_lost(choices: Choices, data: bytes) -> bytes:
    return data.partition(b"\n")[2]


def _line_doubled(choices: Choices, data: bytes) -> bytes:
    lines = data.split(b"\n")
    lines.insert(choices.below(len(lines) + 1), choices.pick(lines))
    return b"\n".join(lines)


def _lines_swapped(choices: Choices, data: bytes) -> bytes:
    return b"\n".join(choices.shuffled(data.split(b"\n")))


def _number_changed(choices: Choices, data: bytes) -> bytes:
    numbers = list(re.finditer(rb"-?[0-9]+", data))
    if not numbers:
        return data
    match = choices.pick(numbers)
    new = choices.pick(ODD) if choices.below(2) else str(choices.between(-3, 12))
    return data[: match.start()] + new.encode("utf-8", "replace") + data[match.end() :]


def _word_changed(choices: Choices, data: bytes) -> bytes:
    words = list(re.finditer(rb"\S+", data))
    if not words:
        return data
    match = choices.pick(words)
    new = choices.pick(ODD).encode("utf-8", "replace")
    return data[: match.start()] + new + data[match.end() :]


def _inserted(choices: Choices, data: bytes) -> bytes:
    at = choices.below(len(data) + 1)
    return data[:at] + choices.pick(ODD).encode("utf-8", "replace") + data[at:]


def _bytes_changed(choices: Choices, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(choices.between(1, 4) if data else 0):
        changed[choices.below(len(changed))] = choices.below(256)
    return bytes(changed)


def _repeated(choices: Choices, data: bytes) -> bytes:
    return data * choices.pick([2, 3])


def _separators(choices: Choices, data: bytes) -> bytes:
    old, new = (
        choices.pick([b" ", b",", b";", b"\t", b"\n"]),
        choices.pick([b" ", b",", b";", b"\t", b"|", b" -> ", b" -- ", b": ", b""]),
    )
    return data.replace(old, new)


def _recoded(choices: Choices, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    coding = choices.pick(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp500", "utf-7"])
    return text.encode(coding, "replace")


def _noise(choices: Choices, data: bytes) -> bytes:
    return bytes(choices.below(256) for _ in range(choices.between(0, 40)))


def _broken_compression(choices: Choices, data: bytes) -> bytes:
    packed = choices.pick([_gzip, lzma.compress, bz2.compress])(data)
    return choices.pick([_cut, _bytes_changed])(choices, packed)


_DAMAGES: list[Callable[[Choices, bytes], bytes]] = [
    _cut, _beheaded, _line_lost, _header_lost, _line_doubled, _lines_swapped, _number_changed,
    _number_changed, _word_changed, _word_changed, _inserted, _inserted, _bytes_changed, _repeated,
    _separators, _recoded, _noise, _broken_compression,
]  # fmt: skip
