"""The controllers of volumes and claims: binding, reclaiming and provisioning.

What decides whether a volume suits a claim is in `apimachinery.volumes`, which the scheduler shares.
"""
