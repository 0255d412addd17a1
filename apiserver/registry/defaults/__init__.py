"""Defaults that several kinds share and the schema's literals cannot express. In place, no errors, no I/O."""
