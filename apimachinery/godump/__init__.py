"""The text that a Go debug printer (spew) makes of a pod template's structs, which upstream hashes.

Driven by a table of Go's declarations. Only types a template reaches are known; nothing here hashes or names.
"""

from .writer import dump

__all__ = ["dump"]
