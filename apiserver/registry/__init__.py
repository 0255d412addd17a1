"""One file per kind (`<group>/<kind>.py`): names, verbs, subresources, defaulting beyond the schema,
validation, what an update may change, table columns, selectable fields. Discovery, OpenAPI and tests derive
from it.

No HTTP and no storage here: strategies are pure functions of objects and a `Context`.
"""
