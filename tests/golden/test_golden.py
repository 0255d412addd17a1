"""The golden transcripts of a real Kubernetes: no file may match fewer cases than the committed count."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "golden"


def test_no_file_matches_fewer_cases_than_before(capsys: pytest.CaptureFixture[str]) -> None:
    if not FOLDER.is_dir():
        with capsys.disabled():
            print(f"\nno golden transcripts in {FOLDER}: nothing to compare with")
        return
    command = [sys.executable, str(ROOT / "scripts" / "golden.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
