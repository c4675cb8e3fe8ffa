"""Files of Ising problems and QUBOs: a reader and a writer for each format of the field."""

from odesolve.problems.ising.formats.files import (
    ISING_FORMATS,
    parse_ising,
    read_ising,
    write_ising,
)

__all__ = ["ISING_FORMATS", "parse_ising", "read_ising", "write_ising"]
