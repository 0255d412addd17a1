"""`wherry why`: why a pod is where it is, and how any object came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import CliError
from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..access.why.ask import Why
    from ..client.client import Client

FORMATS = ("", "json", "yaml")


def why(
    words: Annotated[list[str], typer.Argument(metavar="KIND NAME…|KIND/NAME…")],
    namespace: Namespace = "default",
    output: Annotated[str, typer.Option("--output", "-o", help="yaml or json.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Show all nodes, not only the first twenty.")] = False,
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Explain why: a pod's node and every other's score or refusal, and which write led to which."""
    from ..access import kinds, refs
    from ..access.session import run
    from ..access.target import Target
    from ..access.why import ask

    if output not in FORMATS:
        raise CliError(f"unknown output {output!r}: yaml or json")

    async def work(client: Client) -> list[Why]:
        found = []
        for ref in refs.parse(await kinds.discover(client), words):
            if not ref.name:
                raise CliError(f"say which {ref.kind.full}: for example {ref.kind.full}/demo")
            where = namespace if ref.kind.resource.namespaced else ""
            found.append(await ask.ask(client, ref.kind, where, ref.name))
        return found

    answers = run(Target(name, data_dir, kubeconfig), work)
    if output:
        typer.echo(_document([doc for answer in answers for doc in answer.documents], output))
    else:
        typer.echo("\n\n".join(_text(answer, every) for answer in answers))


def _text(answer: Why, every: bool) -> str:
    from ..access.why import placement, story

    def own(line: str) -> str:
        return typer.style(line, bold=True)

    parts = [f"Why it is on its node is not known: {answer.excuse}"] if answer.excuse else []
    if answer.placement is not None:
        parts.append(placement.text(answer.placement, every=every))
    return "\n\n".join([*parts, story.text(answer.cause, own)])


def _document(found: list[Any], output: str) -> str:
    import json

    from ..apimachinery.serializer import yaml_io

    whole = (
        found[0] if len(found) == 1 else {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": found}
    )
    return yaml_io.dumps(whole).rstrip() if output == "yaml" else json.dumps(whole, indent=4)
