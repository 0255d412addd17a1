"""exec and port-forward: what their words and answers mean."""

from __future__ import annotations

from typing import Any

import pytest

from wherry.access import execution, forwarding, pods
from wherry.errors import CliError

POD: dict[str, Any] = {
    "metadata": {"name": "web"},
    "spec": {
        "initContainers": [{"name": "init"}],
        "containers": [
            {"name": "app", "ports": [{"name": "http", "containerPort": 8888}]},
            {"name": "side"},
        ],
    },
}
SERVICE: dict[str, Any] = {
    "metadata": {"name": "web"},
    "spec": {"ports": [{"name": "main", "port": 9999, "targetPort": "http"}, {"port": 80}]},
}


def test_the_final_status_tells_the_exit_code() -> None:
    failed = {"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}}
    assert execution.exit_code({"status": "Success"}) == 0
    assert execution.exit_code(failed) == 3


def test_a_command_that_could_not_run_is_an_error() -> None:
    with pytest.raises(CliError, match="no such file"):
        execution.exit_code({"status": "Failure", "message": "no such file"})


@pytest.mark.parametrize(
    ("text", "found"),
    [("80", (80, "80")), ("8080:80", (8080, "80")), (":80", (0, "80")), ("1:http", (1, "http"))],
)
def test_ports(text: str, found: tuple[int, str]) -> None:
    assert forwarding.ports(text) == found


@pytest.mark.parametrize("text", ["", "1:", "http:80", "70000", "1:70000"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(CliError):
        forwarding.ports(text)


@pytest.mark.parametrize(("remote", "port"), [("9999", 8888), ("main", 8888), ("80", 80)])
def test_a_services_port_leads_to_its_target(remote: str, port: int) -> None:
    assert forwarding.pod_port(POD, remote, SERVICE) == port


def test_a_port_nobody_has() -> None:
    with pytest.raises(CliError, match="service web has no port 1"):
        forwarding.pod_port(POD, "1", SERVICE)
    with pytest.raises(CliError, match="pod web has no port named ftp"):
        forwarding.pod_port(POD, "ftp", None)


def test_the_container_meant() -> None:
    annotated = {**POD, "metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "side"}}}
    assert pods.container(POD, "") == "app"
    assert pods.container(POD, "init") == "init"
    assert pods.container(annotated, "") == "side"
    with pytest.raises(CliError, match="it has init, app, side"):
        pods.container(POD, "db")
