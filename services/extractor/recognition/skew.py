"""Finds by how much the lines of a scanned page are not level. No I/O."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.extractor.recognition.base import Picture

_WIDTH = 900  # pixels of the picture that is looked at; lines of text stay apart in it
_MOST = 10.0  # degrees; a sheet that was fed in askew is within them
_COARSE, _FINE = 0.5, 0.1  # degrees between the angles that are tried
_MIN_DARK = 200  # pixels; fewer are no text
_MAX_DARK = 0.35  # share of the pixels; more are a picture
_CLEAR = 1.05  # of the level page's sharpness; less is chance


def slope_of(picture: Picture) -> float:
    """Return the clockwise degrees by which the page must be turned to be level, or 0.0.

    Rows of text make sharp profiles only along their own direction. A page on its side is judged
    by its columns of pixels.
    """
    dark = _dark(picture)
    if not _MIN_DARK <= dark.shape[1] <= _MAX_DARK * picture.width * picture.height:
        return 0.0
    best = max((0, 1), key=lambda axis: _sharpest(dark, axis)[0])
    sharpness, angle = _sharpest(dark, best)
    if sharpness < _CLEAR * _sharpness(dark, best, 0.0):
        return 0.0
    fine = np.arange(angle - _COARSE, angle + _COARSE + _FINE / 2, _FINE)
    return -float(round(max(fine, key=lambda degrees: _sharpness(dark, best, degrees)), 2))


def _dark(picture: Picture) -> NDArray[np.float64]:
    """Return y and x of the dark pixels of the reduced picture, in two rows."""
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width)
    step = max(1, picture.width // _WIDTH)
    small = pixels[: picture.height // step * step, : picture.width // step * step]
    small = small.reshape(small.shape[0] // step, step, small.shape[1] // step, step)
    grey = small.mean(axis=(1, 3))
    return np.array(np.nonzero(grey < (grey.mean() + float(np.min(grey))) / 2), np.float64)


def _sharpest(dark: NDArray[np.float64], axis: int) -> tuple[float, float]:
    """Return the highest sharpness of a profile and its angle, among coarse angles."""
    angles = np.arange(-_MOST, _MOST + _COARSE / 2, _COARSE)
    return max((_sharpness(dark, axis, float(angle)), float(angle)) for angle in angles)


def _sharpness(dark: NDArray[np.float64], axis: int, degrees: float) -> float:
    """Return how much the profile along `axis` (0: rows) changes from row to row at an angle."""
    slope = np.tan(np.radians(degrees)) * (-1.0 if axis == 0 else 1.0)
    places = (dark[axis] + slope * dark[1 - axis]).astype(np.int64)
    profile = np.bincount(places - places.min())
    return float(np.square(np.diff(profile)).sum())
