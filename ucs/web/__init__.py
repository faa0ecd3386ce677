"""What browsers get: the widget (`widget_files.py` serves it, `joined.py` makes it travel light) and plain pages (`pages.py`).

All of it speaks the native API, needs no build step and depends on nothing.
"""
