"""Bytes in and out: files, standard input and compression undone, and atomic writing."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from odesolve.problems.errors import InputError, quote

__all__ = [
    "SIZE_LIMIT",
    "check_writable",
    "compress",
    "decode_text",
    "file_suffix",
    "place_of",
    "read_bytes",
    "write_atomically",
]

SIZE_LIMIT = 2**30
"""Largest input in bytes after decompression: a small gzip file can claim to hold anything."""


class _Compression(NamedTuple):
    """How data of a kind begins, and how it is undone and made."""

    kind: str
    magic: re.Pattern[bytes]
    opened: Callable[[IO[bytes]], Any]
    compress: Callable[[bytes], bytes]


_COMPRESSIONS = {
    ".gz": _Compression(
        "gzip",
        re.compile(rb"\x1f\x8b"),
        lambda file: gzip.GzipFile(fileobj=file),
        lambda data: gzip.compress(data, mtime=0),  # the same bytes at any time
    ),
    ".xz": _Compression("xz", re.compile(rb"\xfd7zXZ\x00"), lzma.LZMAFile, lzma.compress),
    ".bz2": _Compression(
        "bzip2",
        re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),  # with blocks, or empty
        bz2.BZ2File,
        bz2.compress,
    ),
}
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
    for suffix in _COMPRESSIONS:
        name = name.removesuffix(suffix)
    return Path(name).suffix.removeprefix(".")


def compress(data: bytes, path: str | os.PathLike[str]) -> bytes:
    """Compress as a file's extension says: ``.gz``, ``.xz``, ``.bz2``, or not at all."""
    suffix = Path(os.fspath(path)).suffix.lower()
    return _COMPRESSIONS[suffix].compress(data) if suffix in _COMPRESSIONS else data


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a file, or standard input for ``-``.

    Compression (gzip, xz, bzip2) is undone, whatever the name says.

    Raises:
        InputError: missing, unreadable, a folder, broken compression, or above `SIZE_LIMIT`.
    """
    place = place_of(path)
    try:
        if os.fspath(path) == "-" and sys.stdin is None:  # closed by the caller
            data = b""
        elif os.fspath(path) == "-":
            data = _read_limited(sys.stdin.buffer)
        else:
            with open(path, "rb") as file:
                data = _read_limited(file)
    except OSError as error:
        raise InputError(place, _reason(error), "a readable file") from None
    except ValueError as error:  # a path with a null character
        raise InputError(place, str(error), "a file name") from None
    data = _decompress(data, place)
    if len(data) > SIZE_LIMIT:
        raise InputError(place, "too large", f"at most {SIZE_LIMIT // 2**20} MiB of content")
    return data


def _read_limited(file: IO[bytes]) -> bytes:
    """Read to the end, or to just above the limit; by chunks, so as to take no more memory."""
    chunks = []
    size = 0
    while size <= SIZE_LIMIT and (chunk := file.read(2**24)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _decompress(data: bytes, place: str) -> bytes:
    for suffix, (kind, magic, opened, _) in _COMPRESSIONS.items():
        if magic.match(data):
            try:
                with opened(io.BytesIO(data)) as file:
                    return _read_limited(cast(IO[bytes], file))
            except (EOFError, OSError, zlib.error, lzma.LZMAError):
                raise InputError(
                    place, f"broken or truncated {kind} data", f"a complete {kind} file"
                ) from None
        if place.lower().endswith(suffix) and data:
            wrong = f"the name ends in {suffix} but the content is not {kind}"
            raise InputError(place, wrong, f"{kind} data")
    return data


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

    Raises:
        InputError: the file cannot be written; nothing is left behind.
    """
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
