"""``python -m odesolve``: the ``odesolve`` command, for where it is not on the PATH."""

from odesolve.cli.main import main

if __name__ == "__main__":
    main()
