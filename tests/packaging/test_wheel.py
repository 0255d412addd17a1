"""The wheel: installed into a clean virtual environment it starts a cluster.

The environment sees the dependencies of the running one and nothing else of it: no index is needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LIST = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
ROOMS = ("apimachinery", "apiserver", "client", "controllers", "kubelet", "metrics", "proxy", "scheduler")
SCRIPT = """
import wherry
from pathlib import Path
assert Path(wherry.__file__).is_relative_to({site!r}), wherry.__file__
with wherry.Cluster(nodes=1) as cluster:
    print(len(cluster.get("nodes")), "node")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source") / "wherry"
    tracked = subprocess.run(LIST, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in tracked.stdout.split("\0"):
        if name and not name.startswith("tests/") and (REPOSITORY / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((REPOSITORY / name).read_bytes())
    output = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(output)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=180)
    (found,) = output.glob("*.whl")
    return found


def test_it_holds_every_room_and_nothing_beside(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert all(f"wherry/{room}/__init__.py" in names for room in ROOMS)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"wherry"}


def test_data_files_come_along(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for room in ROOMS:
        for file in (REPOSITORY / room).rglob("*"):
            if file.suffix in (".yaml", ".json", ".txt") and "__pycache__" not in file.parts:
                assert f"wherry/{file.relative_to(REPOSITORY)}" in names


def test_a_clean_environment_starts_a_cluster_from_it(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True, timeout=180)
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    script = SCRIPT.format(site=str(tmp_path / "env"))
    done = subprocess.run(
        [python, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stdout == "1 node\n", done.stderr
