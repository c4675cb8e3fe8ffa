"""Compressed bytes: known by how they begin, undone and made."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import importlib
import io
import lzma
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from odesolve.problems.errors import InputError

__all__ = ["COMPRESSION_SUFFIXES", "compress", "decompress", "read_limited", "zstd_module"]


class _Compression(NamedTuple):
    """How data of a kind begins, and how it is undone and made."""

    kind: str
    magic: re.Pattern[bytes]
    opened: Callable[[IO[bytes]], Any]
    compress: Callable[[bytes], bytes]


class _NoZstandardError(Exception):
    """Zstandard data, and nothing that could undo it."""


def zstd_module() -> Any:
    """Python's Zstandard module: of the standard library from 3.14 on, its backport before."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise _NoZstandardError


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
    ".zst": _Compression(
        "Zstandard",
        re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),  # a frame, or one to skip
        lambda file: zstd_module().ZstdFile(file),
        lambda data: zstd_module().compress(data),
    ),
}

COMPRESSION_SUFFIXES = tuple(_COMPRESSIONS)
"""Extensions of the compressions that are read and written."""

#: How data begins that is named but not read.
_UNREAD = {
    "lz4": re.compile(rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18"),
    "compress (.Z)": re.compile(rb"\x1f[\x9d\xa0]"),
    "lzip": re.compile(rb"LZIP[\x00\x01]"),
    "lzop": re.compile(rb"\x89LZO\x00"),
    "zip": re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"),
    "7z": re.compile(rb"7z\xbc\xaf\x27\x1c"),
    "RAR": re.compile(rb"Rar!\x1a\x07"),
}
_READ = "plain text, or .gz, .xz, .bz2 or .zst of it"
_INSTALL = "pip install 'odesolve[zstd]', or the file uncompressed or as .gz, .xz or .bz2"


def compress(data: bytes, path: str) -> bytes:
    """Compress as a file's extension says: ``.gz``, ``.xz``, ``.bz2``, ``.zst``, or not at all.

    Raises:
        InputError: Zstandard is asked for and not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _COMPRESSIONS:
        return data
    try:
        return _COMPRESSIONS[suffix].compress(data)
    except _NoZstandardError:
        raise InputError(path, "Zstandard compression is not installed", _INSTALL) from None


def decompress(data: bytes, place: str, limit: int) -> bytes:
    """Undo compression, whatever the file's name says; or give the data as it is.

    Arguments:
        data: the file's bytes.
        place: its name, for messages.
        limit: bytes; only a little more than these come out of any input.

    Raises:
        InputError: broken data, a name that promises a compression which the data lack, or a
            compression that is not read, by its name.
    """
    for suffix, (kind, magic, opened, _) in _COMPRESSIONS.items():
        if magic.match(data):
            return _undone(data, place, limit, kind, opened)
        if place.lower().endswith(suffix) and data:
            wrong = f"the name ends in {suffix} but the content is not {kind}"
            raise InputError(place, wrong, f"{kind} data")
    for kind, magic in _UNREAD.items():
        if magic.match(data):
            raise InputError(place, f"{kind} data, which is not read", _READ)
    return data


def _undone(
    data: bytes, place: str, limit: int, kind: str, opened: Callable[[IO[bytes]], Any]
) -> bytes:
    try:
        with opened(io.BytesIO(data)) as file:
            return read_limited(cast(IO[bytes], file), limit)
    except _NoZstandardError:
        raise InputError(place, f"{kind} compression", _INSTALL) from None
    except _broken_errors():
        raise InputError(
            place, f"broken or truncated {kind} data", f"a complete {kind} file"
        ) from None


def _broken_errors() -> tuple[type[Exception], ...]:
    """What the libraries raise for data that are not what they began as."""
    errors: tuple[type[Exception], ...] = (EOFError, OSError, zlib.error, lzma.LZMAError)
    with contextlib.suppress(_NoZstandardError):
        errors += (zstd_module().ZstdError,)
    return errors


def read_limited(file: IO[bytes], limit: int) -> bytes:
    """Read to the end, or to just above the limit; by chunks, so as to take no more memory."""
    chunks = []
    size = 0
    while size <= limit and (chunk := file.read(2**24)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)
