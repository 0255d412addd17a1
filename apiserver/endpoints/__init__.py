"""HTTP in, HTTP out: request info, negotiation, the verbs, discovery, tables, subresources.

The only room that knows HTTP. Kinds are data here (`registry`), state is the watch cache (`storage`).
"""
