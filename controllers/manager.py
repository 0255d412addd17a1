"""Runs the chosen controllers over one client and one set of informers."""

from __future__ import annotations

import random

from ..apimachinery.clock import Clock
from ..client.client import Client
from ..client.tasks import Tasks
from . import catalog
from .base import Controller
from .context import Context
from .settings import Settings


class Manager:
    """`run` works until cancelled or until a controller fails for good."""

    def __init__(self, client: Client, clock: Clock, settings: Settings) -> None:
        self._client = client
        self._clock = clock
        self._settings = settings
        self._chosen = catalog.select(settings.controllers)
        self.controllers: list[Controller] = []
        self.context: Context | None = None

    @property
    def ready(self) -> bool:
        """Whether every cache has been filled once."""
        return bool(self.controllers) and all(controller.ready for controller in self.controllers)

    def unready(self) -> str:
        return "" if self.ready else "caches are not filled yet"

    @property
    def idle(self) -> bool:
        """Whether nothing is waiting or being worked on at this moment."""
        context = self.context
        return (
            context is not None
            and self.ready
            and all(controller.idle for controller in self.controllers)
            and all(recorder.idle for recorder in context.recorders.values())
        )

    async def run(self) -> None:
        async with Tasks() as tasks:
            rng = random.Random(self._settings.seed)
            self.context = Context(self._client, self._clock, tasks, self._settings, rng)
            self.controllers = [make(self.context) for make in self._chosen]
            for controller in self.controllers:
                tasks.spawn(controller.name, controller.run())
            try:
                await tasks.wait()
            finally:
                self.controllers = []
