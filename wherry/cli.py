"""`wherry`: the list of commands (DESIGN §10). Each is a file of its own in `commands/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from .commands import (
    apply,
    component,
    delete,
    describe,
    down,
    envtest,
    etcd,
    exec,  # noqa: A004
    get,
    image,
    join,
    kube_apiserver,
    kubeconfig,
    logs,
    port_forward,
    status,
    token,
    up,
    why,
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A Kubernetes control plane in one pip install.",
    pretty_exceptions_enable=False,
)

COMMANDS: dict[str, Callable[..., Any]] = {
    "up": up.up,
    "down": down.down,
    "status": status.status,
    "kubeconfig": kubeconfig.kubeconfig,
    "join": join.join,
    "apply": apply.apply,
    "get": get.get,
    "describe": describe.describe,
    "why": why.why,
    "delete": delete.delete,
    "logs": logs.logs,
    "exec": exec.exec_,
    "port-forward": port_forward.port_forward,
    **{room: component.command(room) for room in component.TITLES},
    "envtest": envtest.envtest,
}

for name, function in COMMANDS.items():
    app.command(name)(function)
for name, function in {"kube-apiserver": kube_apiserver.kube_apiserver, "etcd": etcd.etcd}.items():
    app.command(name, context_settings=kube_apiserver.CONTEXT)(function)
app.add_typer(image.app, name="image")
app.add_typer(token.app, name="token")
