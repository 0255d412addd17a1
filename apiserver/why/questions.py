"""Questions to the schedulers: they keep a watch open, hear each question as its event, and post an answer.

So nobody needs to know where a scheduler runs, and who may answer is a matter of roles.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from ..registry.strategy import Object
from .names import API_VERSION

SECONDS = 5.0
"""How long an answer is waited for."""
BEHIND = 256
"""Questions a scheduler may lag behind before it is given up."""


class Listener:
    """One scheduler's open watch."""

    def __init__(self) -> None:
        self.questions: asyncio.Queue[bytes | None] = asyncio.Queue(BEHIND + 1)

    def tell(self, line: bytes) -> bool:
        """False when it does not keep up."""
        if self.questions.qsize() >= BEHIND:
            return False
        self.questions.put_nowait(line)
        return True

    def end(self) -> None:
        if not self.questions.full():
            self.questions.put_nowait(None)


class _Question:
    """Waits for the first answer that knows something, or for all to say that they know nothing."""

    def __init__(self, asked: set[Listener]) -> None:
        self.missing = len(asked)
        self.answer: asyncio.Future[Object] = asyncio.get_running_loop().create_future()

    def take(self, status: Object) -> None:
        self.missing -= 1
        if not self.answer.done() and (status or self.missing <= 0):
            self.answer.set_result(status)


class Questions:
    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._listeners: set[Listener] = set()
        self._open: dict[str, _Question] = {}
        self.closed = False

    def listen(self) -> Listener:
        listener = Listener()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def close(self) -> None:
        """Ends the watches."""
        self.closed = True
        for listener in tuple(self._listeners):
            listener.end()

    async def ask(self, spec: Object) -> Object | None:
        """A Placement's status; empty when no scheduler knows the pod, None when none listens or answers."""
        name = self._new_id()
        question: dict[str, Any] = {
            "kind": "PlacementRequest",
            "apiVersion": API_VERSION,
            "metadata": {"name": name, "resourceVersion": "0"},
            "spec": spec,
        }
        line = orjson.dumps({"type": "ADDED", "object": question}) + b"\n"
        asked = {listener for listener in self._listeners if listener.tell(line)}
        if not asked:
            return None
        waiting = self._open[name] = _Question(asked)
        try:
            return await asyncio.wait_for(waiting.answer, SECONDS)
        except TimeoutError:
            return None
        finally:
            del self._open[name]

    def take(self, name: str, answer: Object) -> bool:
        """Whether the question was still open."""
        question = self._open.get(name)
        status = answer.get("status") or {}
        if question is None or not isinstance(status, dict):
            return False
        question.take(status)
        return True
