"""The core group's kinds, one file each, and what only they need (Service allocation, pod updates, columns).

What several groups share belongs in `registry/validation`, `registry/defaults` or `registry/printing`.
"""
