"""Devices for claims: pools of them, the search among them, and what is written when they are given away.

Pure apart from `reservation`, which writes claims before a pod is bound. What a plug-in of the framework
must be does not belong here (`plugins/dynamic_resources.py`), nor does the knowledge of claims
(`devices.py`).
"""
