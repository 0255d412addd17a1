"""One file per filter or score plug-in, named as upstream's. No I/O here; `default.py` lists them."""
