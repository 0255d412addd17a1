"""`python -m wherry.kubelet.images.standins NAME WORD…`: a stand-in that a script of its container starts."""

from __future__ import annotations

import sys

from . import run_standin

if __name__ == "__main__":
    sys.exit(run_standin(sys.argv[1], sys.argv[2:]))
