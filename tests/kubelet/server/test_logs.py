"""Reading logs: rotated files, the previous attempt, and containers that have none yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.server import logs

from tests.kubelet.server.nodes import asked
from tests.support import run


def line(second: int, text: str, stream: str = "stdout", tag: str = "F") -> str:
    return f"2026-01-01T00:00:{second:02}.000000000Z {stream} {tag} {text}\n"


def written(directory: Path, *lines: str, name: str = "0.log") -> Path:
    path = directory / "logs" / "c" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))
    return path


def read(directory: Path, query: str = "", container: str = "c") -> tuple[int, str]:
    async def scenario() -> tuple[int, str]:
        async with asked(directory) as client:
            answer = await client.get(f"/containerLogs/default/p/{container}?{query}")
            return answer.status, await answer.text()

    return run(scenario())


def test_rotated_files_come_first_and_count_as_one_log(tmp_path: Path) -> None:
    written(tmp_path, line(1, "one"), line(2, "two"), name="0.log.20260101-000003")
    written(tmp_path, line(3, "three"))
    assert read(tmp_path) == (200, "one\ntwo\nthree\n")
    assert read(tmp_path, "tailLines=2") == (200, "two\nthree\n")
    assert read(tmp_path, "tailLines=0") == (200, "")


def test_parts_of_a_long_line_are_joined(tmp_path: Path) -> None:
    written(tmp_path, line(1, "be", tag="P"), line(1, "gun"), line(2, "end"))
    assert read(tmp_path) == (200, "begun\nend\n")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("stream=Stderr", "bad\n"),
        ("stream=Stdout", "one\ntwo\n"),
        ("sinceTime=2026-01-01T00:00:02Z", "bad\ntwo\n"),
        ("limitBytes=6", "one\nba"),
        ("timestamps=true&tailLines=1", "2026-01-01T00:00:03.000000000Z two\n"),
    ],
)
def test_what_is_asked_for_is_selected(tmp_path: Path, query: str, text: str) -> None:
    written(tmp_path, line(1, "one"), line(2, "bad", "stderr"), line(3, "two"))
    assert read(tmp_path, query) == (200, text)


def test_seconds_count_back_from_the_clusters_time() -> None:
    options = logs.parse({"sinceSeconds": "60"}, FakeClock(datetime(2026, 1, 1, 0, 5, tzinfo=UTC)))
    assert options.since == datetime(2026, 1, 1, 0, 4, tzinfo=UTC)


def test_a_log_without_lines_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path) == (200, "")


def test_an_unfinished_last_line_of_the_file_waits(tmp_path: Path) -> None:
    written(tmp_path, line(1, "one"), line(2, "half")[:-3])
    assert read(tmp_path) == (200, "one\n")


@pytest.mark.parametrize(
    ("container", "query", "message"),
    [
        ("c", "previous=true", 'previous terminated container \\"c\\" in pod \\"p\\" not found'),
        ("idle", "", 'container \\"idle\\" in pod \\"p\\" is waiting to start: ContainerCreating'),
        ("none", "", "container none is not valid for pod p"),
    ],
)
def test_logs_that_do_not_exist_are_refused(tmp_path: Path, container: str, query: str, message: str) -> None:
    status, text = read(tmp_path, query, container)
    assert status == 400
    assert message in text


def test_nanoseconds_are_cut_to_what_python_keeps() -> None:
    assert logs.moment(b"2026-01-01T00:00:00.123456789Z").microsecond == 123456
