"""Replays the golden transcripts against a throw-away cluster and prints what matches, file by file.

    python scripts/golden.py [--folder ../shared/golden] [--only REGEX] [--show 20] [--json OUT]
                             [--check | --update]

`--check` compares with tests/golden/matched.json and fails where a file matches fewer cases than it did;
`--update` writes that file. Needs kubectl, which the replay tool reads the kubeconfig with.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
COUNTS = ROOT / "tests" / "golden" / "matched.json"
CONTROLLERS = "*,-node-lifecycle-controller,-taint-eviction-controller,-pod-garbage-collector-controller"
FILES = (
    "admission_builtin", "apply", "authorization", "create_apps_batch", "create_core", "create_rest",
    "invalid_apps_batch", "invalid_core", "invalid_rest", "lists_watches",
    "namespace_node_misc", "patch_json_merge", "patch_strategic", "protocol_errors", "rbac_defaults",
    "tables", "tokens_certs", "update_immutable", "webhooks_api", "writes",
)  # fmt: skip
"""What the API server alone answers."""
EXTENDING = ("crds", "custom_resources", "policies")
"""Replayed after them: while their groups come and go, lists of groups are not the recorded ones."""
SCHEDULED = re.compile("scheduling|workloads|controllers")
"""Files that need the scheduler; nothing had scheduled the recorded pods of the others."""
FIRST = ("namespace_deletion", "discovery")
"""Replayed before the others: the first waits for deletions, which would queue behind thousands of others;
the second shows the groups that there are, which come and go with the definitions of others."""


class World(NamedTuple):
    """A cluster of its own, and what is replayed on it, one regular expression after the other."""

    rounds: tuple[str, ...]
    scheduled: bool


WORLDS = (
    World(tuple(f"^({'|'.join(files)})/" for files in (FIRST, FILES, EXTENDING)), False),
    World(("^(workloads|controllers)/",), True),
    World(("^scheduling/[a-o]",), True),
    World(("^scheduling/[^a-o]",), True),
)
"""They run at the same time: the last three mostly wait, and each case of `scheduling` wants all nodes."""
ROW = re.compile(r"^(\w+)\s+(\d+) / (\d+)$", re.M)
TOKEN = "golden-token"
USER = f'{TOKEN},admin,admin,"system:masters"'
"""Whom the transcripts were recorded as, as a line of --token-auth-file."""
SLACK = 3
"""Cases of one file that may differ from run to run: races that the recorded server has too."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wherry(*args: str) -> str:
    command = [sys.executable, "-m", "wherry", *args]
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def token_kubeconfig(directory: Path, kubeconfig: Path) -> Path:
    """A kubeconfig with the recorded user's token: cases without credentials must be anonymous, which a
    client certificate would prevent."""
    text = re.sub(r" *client-certificate-data: .*\n", "", kubeconfig.read_text())
    target = directory / "token.conf"
    target.write_text(re.sub(r"client-key-data: .*", f"token: {TOKEN}", text))
    return target


def signal_scheduler(data: Path, number: int) -> None:
    """Stops it or lets it go on."""
    state = json.loads((data / "run" / "cluster.json").read_text())
    os.kill(state["pids"]["scheduler"], number)


def replay(folder: Path, args: argparse.Namespace) -> dict[str, list[int]]:
    """File → [matched, cases]."""
    worlds = [World((args.only,), bool(SCHEDULED.search(args.only)))] if args.only else WORLDS
    with ThreadPoolExecutor(len(worlds)) as pool:
        printed = "".join(pool.map(lambda world: one_world(folder, world, args), worlds))
    found: dict[str, list[int]] = {}
    for file, ok, total in ROW.findall(printed):
        before = found.get(file, [0, 0])
        found[file] = [before[0] + int(ok), before[1] + int(total)]
    found.pop("all", None)
    if not found:
        raise SystemExit("the replay gave no table")
    return found


def one_world(folder: Path, world: World, args: argparse.Namespace) -> str:
    """Starts a cluster and replays what belongs on it; the tool's output."""
    with tempfile.TemporaryDirectory(prefix="wherry-golden-") as name:
        directory = Path(name)
        data, kubeconfig = directory / "data", directory / "admin.conf"
        tokens = directory / "tokens.csv"
        tokens.write_text(USER + "\n")
        wherry(
            "up", "--data-dir", str(data), "--port", str(free_port()), "--kubeconfig", str(kubeconfig),
            "--detach", "--nodes", "0", "--ephemeral", f"--controllers={CONTROLLERS}",
            "--token-auth-file", str(tokens), "--service-cidr", "10.0.0.0/16",
        )  # fmt: skip
        try:
            if not world.scheduled:
                signal_scheduler(data, signal.SIGSTOP)
            config = token_kubeconfig(directory, kubeconfig)
            return "".join(one_round(folder, config, only, args) for only in world.rounds)
        finally:
            signal_scheduler(data, signal.SIGCONT)
            wherry("down", "--data-dir", str(data))


def one_round(folder: Path, kubeconfig: Path, only: str, args: argparse.Namespace) -> str:
    """Replays the cases that match `only`; the tool's output."""
    command = [sys.executable, str(folder / "golden.py"), "replay", "--kubeconfig", str(kubeconfig)]
    command += ["--jobs", str(args.jobs), "--show", str(args.show), "--only", only]
    if args.json:
        command += ["--json", args.json]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr, sep="", flush=True)
    return done.stdout


def falls(found: dict[str, list[int]], wanted: dict[str, list[int]]) -> list[str]:
    """Files that match fewer cases than recorded."""
    return [
        f"{file}: {found[file][0]} of {found[file][1]} match, {wanted[file][0]} did"
        for file in sorted(found.keys() & wanted.keys())
        if found[file][0] < wanted[file][0] - SLACK
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared" / "golden")
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--json")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    if not (args.folder / "golden.py").is_file():
        print(f"no golden transcripts in {args.folder}: nothing to replay")
        return 0
    found = replay(args.folder, args)
    if args.update:
        COUNTS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    if args.check:
        fallen = falls(found, json.loads(COUNTS.read_text()))
        print("\n".join(fallen) or "no file matches fewer cases than before")
        return 1 if fallen else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
