"""Puts the documents of wherry.dev/v1 into words for a terminal: `placement.py` says why a pod is where it
is, `story.py` which write led to which. Fetching them is `ask.py`'s; nothing in here prints."""
