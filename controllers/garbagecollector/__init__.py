"""The garbage collector: deletes what has lost its owners, and ends foreground deletions and orphaning.

`graph` holds who owns whom, fed by an informer per deletable resource; `controller` acts on what it says.
Source of the rules: upstream's garbage collector.
"""
