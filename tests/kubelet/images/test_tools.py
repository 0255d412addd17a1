"""Files that containers get so that their image's programs are where scripts look for them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from wherry.kubelet.images import catalogue
from wherry.kubelet.images.tools import APPLETS, Tools, _hands_on

BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(catalogue.load(), tmp_path / "tools")


@pytest.fixture
def having(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says which programs the node has."""

    def have(*names: str) -> None:
        def which(name: str, path: str = "") -> str | None:
            return f"/usr/sbin/{name}" if name in names else None

        monkeypatch.setattr("shutil.which", which)

    return have


def test_busybox_has_the_shell_that_scripts_for_it_rely_on(tools: Tools, having: Callable[..., None]) -> None:
    having("bash")
    assert tools.of(BUSYBOX)["/bin/sh"] == "/usr/sbin/bash"
    assert "/bin/sh" not in tools.of("debian:12")


def test_its_own_where_the_node_has_one(
    tools: Tools, having: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(argv: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert argv == ["/usr/sbin/busybox", "--list"]
        return subprocess.CompletedProcess(argv, 0, "ash\nbash\nhttpd\n")

    monkeypatch.setattr("subprocess.run", run)
    having("bash", "busybox")
    found = tools.of("busybox")
    assert found["/bin/sh"] == found["/bin/ash"] == "/usr/sbin/busybox"
    # What the node has a program of its own for is no applet.
    assert {p.name: str(p.readlink()) for p in Path(found[APPLETS]).iterdir()} == {
        "ash": "/usr/sbin/busybox",
        "httpd": "/usr/sbin/busybox",
    }


@pytest.mark.parametrize("failure", [OSError(8, "Exec format error"), subprocess.TimeoutExpired("sh", 10)])
def test_a_shell_that_fails_hands_nothing_on(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    assert not _hands_on.__wrapped__("/bin/false")
    monkeypatch.setattr("subprocess.run", fail)
    assert not _hands_on.__wrapped__("busybox")


@pytest.mark.parametrize(
    ("output", "shell"), [("PATH=/\n", "/usr/sbin/bash"), ("a.b=1\nPATH=/\n", "/usr/sbin/busybox")]
)
def test_a_shell_that_forgets_variables_is_not_used_where_it_would(
    tools: Tools, having: Callable[..., None], monkeypatch: pytest.MonkeyPatch, output: str, shell: str
) -> None:
    _hands_on.cache_clear()
    having("bash", "busybox")
    monkeypatch.setattr("subprocess.run", lambda argv, **_: subprocess.CompletedProcess(argv, 0, output))
    assert tools.of("busybox", ["HOME", "config.yaml"])["/bin/sh"] == shell
    assert tools.of("busybox", ["HOME", "CONFIG_YAML"])["/bin/sh"] == "/usr/sbin/busybox"
    assert "/bin/sh" not in tools.of("nginx", ["config.yaml"])
    _hands_on.cache_clear()


def test_its_commands_are_in_bin(
    tools: Tools, having: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    having("sysctl")
    monkeypatch.setattr(Path, "exists", lambda path: str(path).endswith("/programs/nc"))
    found = tools.of("busybox")
    assert found["/bin/sysctl"] == "/usr/sbin/sysctl"
    assert "/bin/nc" in found
    assert "/bin/ip" not in found


def test_a_stand_in_can_be_started_by_a_script(tools: Tools) -> None:
    found = tools.of("registry.k8s.io/e2e-test-images/agnhost:2.56")
    assert found["/agnhost"] == found["/agnhost-2"]
    done = subprocess.run([found["/agnhost"], "entrypoint-tester", "a b"], capture_output=True, check=True)
    assert done.stdout == f"[{found['/agnhost']} entrypoint-tester a b]\n".encode()


@pytest.mark.parametrize(("image", "path"), [("nginx", "/usr/local/bin/nginx"), ("example.com/own", "")])
def test_only_known_programs_are_there(tools: Tools, image: str, path: str) -> None:
    assert [*tools.of(image)] == ([path] if path else [])


def test_what_an_entry_starts_from_the_nodes_tmp_is_in_the_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wherry.kubelet.images.tools.HIDDEN", f"{tmp_path}/")
    program = tmp_path / "manager"
    program.touch()
    catalogue.add(
        tmp_path, "manager:1", [str(program), "--config", str(tmp_path / "not-there"), "/etc/hosts"]
    )
    assert Tools(catalogue.load(tmp_path), tmp_path).of("manager:1") == {str(program): str(program)}
