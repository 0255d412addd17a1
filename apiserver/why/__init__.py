"""The group wherry.dev/v1: why things are as they are. It stores nothing.

`causes` tells from the chronicle of writes (`storage/chronicle.py`) which write led to which reconcile led to
which write; `placements` asks the schedulers, which keep a watch on `placementrequests` open, why a pod is
where it is. Nothing in here may be needed to serve any other group.
"""
