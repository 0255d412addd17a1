"""Command lines as Go programs of Kubernetes take them: `--name=value`, `--name value`, `--switch`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..errors import CliError


def parse(words: Sequence[str], known: Collection[str], switches: Collection[str] = ()) -> dict[str, str]:
    """Name → value; values of a flag that comes more than once are joined by commas.

    A flag of `switches` needs no value: it is `true` then. CliError for a flag that is not `known`, for one
    without its value, and for words that are no flags.
    """
    found: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            raise CliError(f"unknown command {word!r}: only flags are taken")
        name, equals, value = word.lstrip("-").partition("=")
        if name not in known:
            raise CliError(f"unknown flag: --{name}")
        if not equals:
            value = "true" if name in switches else _following(name, rest)
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _following(name: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise CliError(f"flag needs an argument: --{name}")
    return value


def listed(text: str) -> list[str]:
    """The parts between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
