"""Commands that images have and nodes often lack, at the end of every container's PATH: the node's own win.

Each is a script named as the command beside a module that does the work. Standard library only: any python3
of the node may run them.
"""
