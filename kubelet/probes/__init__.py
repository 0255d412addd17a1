"""Probes: one check (`check` and a module per kind of action) and the loop that counts its results (`loop`).

No pods' state here: a probe reports, the worker decides.
"""
