"""What `ucs new-adapter` copies: an adapter that works for a platform nobody has, and passes the conformance kit.

Files end in `.tmpl` so that nothing takes them for ours. `NAME` stands for the adapter's name, `TITLE` for its class, in file names
and in text; nothing else is filled in.
"""
