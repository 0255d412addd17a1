"""Structural schemas: one description of a kind's fields that decoding, defaulting, patches, server-side
apply, `explain` and OpenAPI all read. Built-in kinds and custom resources use the same `Node`.
"""
