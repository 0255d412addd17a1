"""Renews the Lease that says this API server is alive."""

from __future__ import annotations

import logging
from dataclasses import replace

from ...apimachinery.clock import Clock, rfc3339
from ...apimachinery.errors import StatusError
from ..storage.contract import StoreError
from . import cluster
from .cluster import BootstrapSettings
from .default import ObjectWriter
from .reconcile import bring

RENEW_SECONDS = 10.0

log = logging.getLogger("wherry.apiserver")


async def renew(settings: BootstrapSettings, writer: ObjectWriter, clock: Clock) -> None:
    """Runs until cancelled. A Lease that was deleted comes back; a renewal that fails is tried again."""
    while True:
        await clock.sleep(RENEW_SECONDS)
        try:
            await bring(writer, cluster.identity(replace(settings, now=rfc3339(clock.now()))))
        except (StatusError, StoreError) as error:
            log.warning("the identity lease was not renewed: %s", error)
