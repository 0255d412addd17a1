"""Programs that an image has and the node lacks, or has elsewhere: files mounted into its containers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .catalogue import Catalogue, Entry

PROGRAMS = Path(__file__).with_name("programs")
APPLETS = "/usr/lib/busybox"
"""Where containers of busybox find what else it can do; the last part of their PATH."""
FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HIDDEN = "/tmp/"
"""Containers have one of their own."""
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_STANDIN = '#!/bin/sh\nexec "{python}" -P -m {module} {name} "$0" {words}"$@"\n'
_PROGRAM = '#!/bin/sh\nexec "{python}" -P -m {module}.{name} "$@"\n'


class Tools:
    """`directory` is where the node keeps the scripts that start them."""

    def __init__(self, catalogue: Catalogue, directory: Path) -> None:
        self._catalogue = catalogue
        self._directory = directory
        self._known: dict[str, dict[str, str]] = {}

    def of(self, image: str, names: Iterable[str] = ()) -> dict[str, str]:
        """Path in the container → file of the node. `names` are those of the container's environment."""
        entry = self._catalogue.find(image)
        if entry.pattern not in self._known:
            self._known[entry.pattern] = self._shell(entry) | self._commands(entry) | self._own(entry)
        found = self._known[entry.pattern] | _hidden(entry)
        return found | _faithful_shell(found) if any(not _IDENTIFIER.fullmatch(n) for n in names) else found

    def _shell(self, entry: Entry) -> dict[str, str]:
        found = next((path for name in entry.sh if (path := shutil.which(name))), "")
        if "busybox" not in entry.sh or not found:
            return {"/bin/sh": found} if found else {}
        return {"/bin/sh": found, "/bin/ash": found} | self._applets(found)

    def _applets(self, program: str) -> dict[str, str]:
        """A folder of busybox' own commands that the node has no other program for."""
        if Path(program).name != "busybox":
            return {}
        listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True, timeout=10)
        folder = self._directory / "applets"
        folder.mkdir(parents=True, exist_ok=True)
        for name in listed.stdout.split():
            if shutil.which(name, path=FOLDERS) is None and not (folder / name).is_symlink():
                (folder / name).symlink_to(program)
        return {APPLETS: str(folder)}

    def _commands(self, entry: Entry) -> dict[str, str]:
        """What images of busybox have in /bin."""
        found: dict[str, str] = {}
        for name in entry.bin:
            if not Path("/bin", name).exists():
                path = shutil.which(name, path=FOLDERS) or self._program(name)
                found |= {f"/bin/{name}": path} if path else {}
        return found

    def _program(self, name: str) -> str:
        if not (PROGRAMS / name).exists():
            return ""
        module = f"{__package__}.programs"
        return self._script(name, _PROGRAM.format(python=sys.executable, module=module, name=name))

    def _own(self, entry: Entry) -> dict[str, str]:
        """The stand-in under the names of the program that it stands for, for scripts that start it."""
        names = [*(entry.entrypoint[:1] or (entry.standin,)), *entry.also] if entry.standin else []
        if not names or entry.standin == "declared":
            return {}
        module = f"{__package__}.standins"
        words = "".join(f"{word} " for word in entry.entrypoint[1:])
        text = _STANDIN.format(python=sys.executable, module=module, name=entry.standin, words=words)
        script = self._script("-".join(("standin", entry.standin, *entry.entrypoint[1:])), text)
        return {name if name.startswith("/") else f"/usr/local/bin/{name}": script for name in names}

    def _script(self, name: str, text: str) -> str:
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return str(path)


def _faithful_shell(found: dict[str, str]) -> dict[str, str]:
    """Another shell than an ash that does not hand on the variable `app.name`."""
    shell, other = found.get("/bin/ash", ""), shutil.which("bash") or ""
    if not shell or not other or _hands_on(shell):
        return {}
    return {"/bin/sh": other, "/bin/ash": other}


@cache
def _hands_on(busybox: str) -> bool:
    """Images have busybox 1.36 or later, which passes variables of any name to what it starts; older ones,
    as nodes may have, forget those that no script could name."""
    argv, env = [busybox, "sh", "-c", "env"], {"a.b": "1", "PATH": FOLDERS}
    try:
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "a.b=1" in done.stdout.splitlines()


def _hidden(entry: Entry) -> dict[str, str]:
    """Programs and scripts that somebody's own entry starts from where containers would not see them."""
    files = (word for word in entry.command if word.startswith(HIDDEN) and Path(word).is_file())
    return {file: file for file in files}
