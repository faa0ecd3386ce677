"""Bringing what was said to the platforms: lanes, calls, pacing, outcomes, parked channels, dead letters. Begin with `delivery`."""
