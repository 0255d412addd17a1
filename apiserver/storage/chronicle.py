"""Who wrote what last, and because of what: the last writes, in memory, as material for `wherry why`.

Every write passes here, so a record is one tuple of what lies at hand; reading them is where the work is
(`apiserver/why`). It belongs to this process: another one, and this one's next life, know nothing of it.
"""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar

LENGTH = 20_000
"""Writes kept: some 8 MB."""
LONGEST = 256
"""Of what a client tells of itself and of its cause; the rest is cut off."""
SILENT = ("/registry/events/", "/registry/events.events.k8s.io/", "/registry/leases.coordination.k8s.io/")
"""What is written all the time and explains nothing."""


Origin = tuple[float, str, bytes, bytes, str, str]
"""The request a write belongs to: the clock's monotonic time, who, the client's name for itself, the cause it
tells, verb, subresource."""
Record = tuple[int, str, str, Origin | None]
"""One write: revision, key, the object's uid; without an origin it is the server's own."""
Chronicle = deque[Record]

ORIGIN: ContextVar[Origin | None] = ContextVar("origin", default=None)
"""Of the request that the running task serves."""


def chronicle(length: int = LENGTH) -> Chronicle:
    return deque(maxlen=length)


def begin(at: float, user: str, headers: dict[bytes, bytes], verb: str, subresource: str) -> None:
    """What the running task writes from now on, it writes for this request."""
    agent, cause = headers.get(b"user-agent", b""), headers.get(b"wherry-cause", b"")
    if len(agent) > LONGEST or len(cause) > LONGEST:
        agent, cause = agent[:LONGEST], cause[:LONGEST]
    ORIGIN.set((at, user, agent, cause, verb, subresource))
