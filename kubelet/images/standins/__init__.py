"""Small programs that answer as well-known images do. One module per image; `PROGRAMS` names them.

They run forked from the zygote, with their own stdio, environment and arguments. Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable

from . import (
    agnhost,
    declared,
    demo,
    echo,
    etcd,
    greeting,
    hello,
    httpd,
    nautilus,
    nginx,
    nonewprivs,
    pause,
    perl,
    php,
    redis,
    stress,
    wardle,
)

Program = Callable[[list[str]], int]

PROGRAMS: dict[str, Program] = {
    "agnhost": agnhost.main,
    "declared": declared.main,
    "demo": demo.main,
    "etcd": etcd.main,
    "greeting": greeting.main,
    "hello": hello.main,
    "hpa-example": php.main,
    "http-echo": echo.main,
    "httpd": httpd.main,
    "nautilus": nautilus.main,
    "nginx": nginx.main,
    "nonewprivs": nonewprivs.main,
    "pause": pause.main,
    "perl": perl.main,
    "redis": redis.main,
    "sample-apiserver": wardle.main,
    "stress": stress.main,
}

TOOLS = frozenset({"agnhost"})
"""Those with commands that are called in a running container, too."""


LOADERS = {"agnhost": agnhost.load}
"""Of those that import more than the zygote has, from their arguments."""


def load_standin(name: str, argv: list[str]) -> None:
    """Called while the process may still read Python's own files, before it becomes the container's user."""
    if name in LOADERS:
        LOADERS[name](argv)


BARE = frozenset({"pause"})
"""Those whose image has no other program: no shell either."""


def run_standin(name: str, argv: list[str]) -> int:
    """Runs to the end; the exit code."""
    return PROGRAMS[name](argv)
