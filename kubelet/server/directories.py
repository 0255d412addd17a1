"""`DELETE /volumes/HANDLE`: removes the directory of a volume that nobody claims any more.

The provisioner asks for it through the API server; who deletes what is not there has what they want.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from aiohttp import web

from ...apimachinery import errors
from ...apimachinery.volumes import is_handle

if TYPE_CHECKING:
    from .app import NodeServer


async def remove(server: NodeServer, request: web.Request) -> web.Response:
    """Raises StatusError: 400 for what cannot be a volume, 500 when the directory resists."""
    handle = request.match_info["handle"]
    if not is_handle(handle):
        raise errors.bad_request(f"{handle!r} is no volume handle")
    try:
        await asyncio.to_thread(shutil.rmtree, server.volumes / handle)
    except FileNotFoundError:
        return web.Response(text="gone")
    except OSError as error:
        raise errors.internal(str(error)) from error
    return web.Response(text="removed")
