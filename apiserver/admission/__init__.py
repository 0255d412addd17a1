"""Admission: what may still change or refuse an object once its sender is authorized to send it.

One file per plug-in, upstream's names, in upstream's order (`plugins.py`). Plug-ins read through the watch
cache; they neither store nor serve."""

from .chain import AdmissionChain
from .plugin import CONNECT, CREATE, DELETE, UPDATE, Attributes, Hook, Plugin, Round
from .plugins import AdmissionSettings, build

__all__ = [
    "CONNECT",
    "CREATE",
    "DELETE",
    "UPDATE",
    "AdmissionChain",
    "AdmissionSettings",
    "Attributes",
    "Hook",
    "Plugin",
    "Round",
    "build",
]
