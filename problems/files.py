"""Bytes in and out: files, standard input and compression undone, and atomic writing."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
from pathlib import Path

from odesolve.problems.compression import (
    COMPRESSION_SUFFIXES,
    compress,
    decompress,
    read_limited,
)
from odesolve.problems.errors import InputError, quote
from odesolve.processes import is_first

__all__ = [
    "SIZE_LIMIT",
    "check_writable",
    "compress",
    "decode_text",
    "file_suffix",
    "place_of",
    "read_bytes",
    "write_atomically",
    "write_bytes_output",
    "write_output",
]

SIZE_LIMIT = 2**30
"""Largest input in bytes after decompression: a small gzip file can claim to hold anything."""

_MARKS = (  # that of UTF-32 first: it begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def place_of(path: str | os.PathLike[str]) -> str:
    """Name an input in messages: the path as given, or ``standard input`` for ``-``."""
    if not isinstance(path, str | bytes | os.PathLike):
        raise InputError("file", quote(path), "a path")
    text = os.fsdecode(path)
    return "standard input" if text == "-" else text


def file_suffix(path: str | os.PathLike[str]) -> str:
    """Lower-case extension without the dot; that of a compression is looked through.

    ``a.col.gz`` -> ``col``.
    """
    name = Path(os.fspath(path)).name.lower()
    for suffix in COMPRESSION_SUFFIXES:
        name = name.removesuffix(suffix)
    return Path(name).suffix.removeprefix(".")


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a file, or standard input for ``-``.

    Compression (gzip, xz, bzip2, Zstandard) is undone, whatever the name says, and text in UTF-16
    or UTF-32 that begins with a byte-order mark becomes UTF-8 without one.

    Raises:
        InputError: missing, unreadable, a folder, compression that is broken or not read, or above
            `SIZE_LIMIT`.
    """
    place = place_of(path)
    try:
        if os.fspath(path) == "-" and sys.stdin is None:  # closed by the caller
            data = b""
        elif os.fspath(path) == "-":
            data = read_limited(sys.stdin.buffer, SIZE_LIMIT)
        else:
            with open(path, "rb") as file:
                data = read_limited(file, SIZE_LIMIT)
    except OSError as error:
        raise InputError(place, _reason(error), "a readable file") from None
    except ValueError as error:  # a path with a null character
        raise InputError(place, str(error), "a file name") from None
    data = decompress(data, place, SIZE_LIMIT)
    if len(data) > SIZE_LIMIT:
        raise InputError(place, "too large", f"at most {SIZE_LIMIT // 2**20} MiB of content")
    return _as_utf_8(data, place)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _as_utf_8(data: bytes, place: str) -> bytes:
    """UTF-16 and UTF-32 with a byte-order mark as UTF-8, whose own mark is dropped.

    Whoever looks at the first bytes, to tell a format, need not know of marks then.

    Raises:
        InputError: the data are not what their mark says.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.removeprefix(mark).decode(encoding).encode()
            except UnicodeError:
                name = encoding.upper()
                wrong = f"not {name} text, though it begins with the byte-order mark of {name}"
                raise InputError(place, wrong, f"a text file in UTF-8 or {name}") from None
    return data.removeprefix(codecs.BOM_UTF8)


def decode_text(data: bytes, place: str) -> str:
    """Decode UTF-8 text with plain line feeds and without a byte-order mark.

    Raises:
        InputError: empty, not UTF-8, or holding control characters, with the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{place}:{line}", "not UTF-8 text", "a text file in UTF-8") from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(place, "the file is empty", "some content")
    if match := _BINARY.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise InputError(f"{place}:{line}", f"binary data: byte {ord(match[0])}", "a text file")
    return text


def check_writable(path: str | os.PathLike[str], suffixes: tuple[str, ...]) -> None:
    """Refuse, before a long solve, an output file that could not be written after it.

    Arguments:
        path: the file.
        suffixes: the extensions allowed, lower-case with the dot.

    Raises:
        InputError: another extension, no such folder, a folder itself, or not writable.
    """
    place = os.fspath(path)
    if Path(place).suffix.lower() not in suffixes:
        raise InputError(place, "unknown kind of output file", " or ".join(suffixes))
    try:
        target = Path(os.path.realpath(path))  # a link is written through
        is_folder, has_folder = target.is_dir(), target.parent.is_dir()
    except (OSError, ValueError):  # a name too long or with a null character
        raise InputError(place, "cannot be written", "a file name") from None
    if not has_folder:
        parent = quote(str(target.parent))
        raise InputError(place, f"there is no folder {parent}", "an existing folder")
    writable = os.access(target.parent, os.W_OK) and (
        not target.exists() or os.access(target, os.W_OK)
    )
    if is_folder or not writable:
        raise InputError(place, "cannot be written", "a file in a writable folder")


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one, never a part.

    Arguments:
        path: the file.
        content: bytes, or text to write as UTF-8.

    Of processes that solve together, the first writes.

    Raises:
        InputError: the file cannot be written; nothing is left behind.
    """
    if not is_first():
        return
    target = Path(os.path.realpath(path))  # through a link, so that the link survives
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        # Mode "x" takes the user's default permissions, which tempfile would not.
        with open(temporary, "xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(temporary, target)
    except OSError as error:
        raise InputError(os.fspath(path), f"cannot be written: {_reason(error)}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write_output(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8, compressed as the file's name says; or to standard output, for ``-``.

    Raises:
        InputError: the file cannot be written, and then nothing is left behind; or its compression
            is not installed.
    """
    write_bytes_output(path, text.encode())


def write_bytes_output(path: str | os.PathLike[str], data: bytes) -> None:
    """Write bytes as `write_output` writes text.

    Raises:
        InputError: as there.
    """
    if os.fspath(path) != "-":
        write_atomically(path, compress(data, os.fsdecode(path)))
    elif sys.stdout is not None:
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:  # something in its place that takes text only
            sys.stdout.write(data.decode("utf-8", "replace"))
        else:
            buffer.write(data)  # whatever the terminal's encoding
            buffer.flush()
