"""Variables out of files of volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.env import envfile
from wherry.kubelet.env.resolve import EnvironmentResolver
from wherry.kubelet.worker.host import Waits

from tests.support import run

POD: dict[str, Any] = {"metadata": {"name": "p", "namespace": "ns", "uid": "u"}, "spec": {}}


def test_declarations_comments_and_blank_lines() -> None:
    text = "# first\nA='a # b'\n\n  B = 'two\nlines'  \nA='late'\nC=''"
    assert envfile.parse(text) == {"A": "a # b", "B": "two\nlines", "C": ""}


@pytest.mark.parametrize("line", ["A=a", 'A="a"', "A='a''b'", "A='a'$B", "A='a", "A", "='a'", "A='a' # late"])
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 2: expected NAME='value'"):
        envfile.parse(f"OK='1'\n{line}\n")


def resolved(directory: Path, **more: Any) -> dict[str, str]:
    def volume(pod: Any, name: str) -> Path | None:
        return directory if name == "config" else None

    resolver = EnvironmentResolver(None, list, {}, "127.16.0.1", volume)  # type: ignore[arg-type]
    ref = {"volumeName": "config", "path": "app.env", "key": "A"} | more
    env = [{"name": "X", "valueFrom": {"fileKeyRef": ref}}]
    return run(resolver.resolve(POD, {"env": env}, "127.64.1.2"))


def test_a_container_gets_the_value(tmp_path: Path) -> None:
    (tmp_path / "app.env").write_text("A='1'\n")
    assert resolved(tmp_path) == {"X": "1"}


@pytest.mark.parametrize("what", [{"key": "B"}, {"path": "none"}, {"path": "link"}])
def test_without_the_key_it_waits_unless_it_is_optional(tmp_path: Path, what: dict[str, str]) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "app.env").write_text("A='1'\n")
    (tmp_path / "outside").write_text("A='secret'\n")
    (volume / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(Waits, match="couldn't find key"):
        resolved(volume, **what)
    assert resolved(volume, optional=True, **what) == {}


def test_a_file_in_another_format_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "app.env").write_text("A=1\n")
    with pytest.raises(Waits, match=r"couldn't parse env file app\.env"):
        resolved(tmp_path, optional=True)
    with pytest.raises(Waits, match="cannot find the volume"):
        resolved(tmp_path, volumeName="other")
