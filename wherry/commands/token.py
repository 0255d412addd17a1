"""`wherry token`: bearer tokens of service accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AnyName, DataDir, Kubeconfig, Namespace

if TYPE_CHECKING:
    from ..client.client import Client

app = typer.Typer(no_args_is_help=True, help="Make tokens.")


@app.callback()
def group() -> None:
    """Keeps `create` a subcommand while it is the only one."""


@app.command()
def create(
    account: Annotated[str, typer.Argument(metavar="SERVICEACCOUNT")],
    duration: Annotated[str, typer.Option(help="How long it is valid, for example 10m or 24h.")] = "1h",
    audience: Annotated[list[str] | None, typer.Option(help="Whom it is for (may be repeated).")] = None,
    namespace: Namespace = "default",
    name: AnyName = None,
    data_dir: DataDir = None,
    kubeconfig: Kubeconfig = None,
) -> None:
    """Print a new token of a service account."""
    from ..access.session import run
    from ..access.target import Target
    from ..client.resources import SERVICEACCOUNTS

    body = request(duration, audience or [])

    async def work(client: Client) -> str:
        answer = await client.create(SERVICEACCOUNTS, body, namespace, subresource="token", name=account)
        token: str = answer["status"]["token"]
        return token

    print(run(Target(name, data_dir, kubeconfig), work))


def request(text: str, audiences: list[str]) -> dict[str, Any]:
    """An authentication.k8s.io/v1 TokenRequest. CliError when `text` is no duration."""
    from ..apimachinery import duration
    from ..errors import CliError

    try:
        seconds = duration.parse(text)
    except ValueError as error:
        raise CliError(f"--duration: {error}") from None
    spec = {"expirationSeconds": int(seconds), "audiences": audiences}
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
