"""The command line's entry: `wherry …` and `python -m wherry …`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command; errors are printed as one message and end the process with their code."""
    from .cli import app
    from .errors import CliError

    try:
        app()
    except CliError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.code)


if __name__ == "__main__":
    main()
