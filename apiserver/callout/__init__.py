"""Calls from the server to servers that a cluster's user runs: webhooks, conversions, aggregated APIs.

`target.py` is where to (a URL or a Service), `resolve.py` finds an endpoint of a Service, `tunnels.py`
reaches it through its kubelet when pods cannot be dialled, `trust.py` verifies who answers, `client.py` asks
and waits, `words.py` tells what went wrong as upstream's client does. What is asked, and what an answer
means, belongs to the callers: nothing here knows of admission, conversion or discovery.
"""

from .client import CallFailed, CallOut
from .resolve import Endpoint, Unresolved
from .target import Service, Target
from .trust import BadBundle

__all__ = ["BadBundle", "CallFailed", "CallOut", "Endpoint", "Service", "Target", "Unresolved"]
