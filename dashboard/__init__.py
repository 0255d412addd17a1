"""The web page: static files only."""
