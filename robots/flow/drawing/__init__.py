"""A flow as a picture: `layers.py` says which row and column each node stands in, `places.py` where that is, `svg.py` draws it."""

from robots.flow.drawing.svg import drawn

__all__ = ["drawn"]
