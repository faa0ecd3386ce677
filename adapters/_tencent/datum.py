"""Where a place in China really is. Maps there are drawn in GCJ-02, which is WGS 84 shifted by some hundred metres on purpose.

The shift is known as a formula from true to shifted. It changes slowly, so the way back is to guess, shift the guess, and correct it.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

AXIS, ECCENTRICITY = 6378245.0, 0.00669342162296594323  # metres, squared: the ellipsoid of Krasovsky
ROUNDS = 3  # the second is within a metre, the third within a millimetre


def to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    """The true place of shifted coordinates. Outside of China nothing is shifted."""
    if not _in_china(latitude, longitude):
        return latitude, longitude
    north, east = latitude, longitude
    for _ in range(ROUNDS):
        by_north, by_east = _shift(north, east)
        north, east = latitude - by_north, longitude - by_east
    return round(north, 6), round(east, 6)


def to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """The shifted coordinates of a true place."""
    if not _in_china(latitude, longitude):
        return latitude, longitude
    north, east = _shift(latitude, longitude)
    return round(latitude + north, 6), round(longitude + east, 6)


def _in_china(latitude: float, longitude: float) -> bool:
    """In the box that nothing outside of is shifted."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """By how many degrees a true place is moved."""
    x, y = longitude - 105.0, latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    flat = 1 - ECCENTRICITY * sin(radians(latitude)) ** 2
    by_north = north * 180.0 / (AXIS * (1 - ECCENTRICITY) / (flat * sqrt(flat)) * pi)
    return by_north, east * 180.0 / (AXIS / sqrt(flat) * cos(radians(latitude)) * pi)
