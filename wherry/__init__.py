"""The front door: command line, local supervisor, Python API and pytest plug-in.

Everything else is a room behind it; this package may import all of them and none may import it.
"""
