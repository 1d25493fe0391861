"""``connector ui``: pages in a browser, on this computer only, to set up connections. Needs the extra ``ui``.

Read ``routes`` first: every page and the navigation stand there. ``server`` starts it, ``guard`` and ``access`` keep others out.
"""
