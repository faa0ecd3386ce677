"""Pictures drawn anew: upright, small enough, and with nothing left in them but what can be seen.

Only pixels pass: EXIF (where the photo was taken), comments, colour profiles, and whatever was hidden behind or inside the
file stay in the original, which is never shown inline. Colours are converted to sRGB first, so the look stays.

Pillow is imported when the first picture comes, because idle memory is budgeted. These functions block: run them in a thread.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from channels.errors import NotKept

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000  # 8160 x 6120, the largest common phone photo; decoded at most 200 MB
MOST_ANIMATED_PIXELS = 25_000_000  # over all frames: 480 x 270 for 190 of them
WEB_EDGE = 4096
PREVIEW_EDGE = 1024
PREVIEW_SIZE = 1_000_000  # bytes

# Which of Pillow's decoders may touch a file of this type. Everything else is kept but not drawn.
_DECODERS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/bmp": ("BMP",),
    "image/tiff": ("TIFF",),
    "image/avif": ("AVIF",),
}
_LOSSLESS = frozenset({"image/png", "image/gif", "image/bmp", "image/tiff"})
_SAVED_AS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture, encoded by us. Sizes in pixels."""

    content: bytes
    mime: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """`width` and `height` are those of the original as it is seen; `web` is at most `WEB_EDGE` long."""

    web: Drawing
    preview: Drawing
    width: int
    height: int


def can_draw(mime: str) -> bool:
    """Whether `draw` knows this type. HEIC is not among them: its free decoders are not free to ship."""
    return mime in _DECODERS


def draw(file: IO[bytes], mime: str) -> Drawn:
    """Both renditions of a picture. Raises `NotKept` if it is damaged or has too many pixels, before decoding it."""
    from PIL import Image

    # What Pillow's decoders are known to raise for broken files; there is no common class.
    broken = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, struct.error)
    try:
        with Image.open(file, formats=_DECODERS[mime]) as picture:
            _check_pixels(picture)
            return _draw(picture, mime)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotKept(f"The picture has more than the {MOST_PIXELS // 1_000_000} million pixels allowed.") from None
    except broken as error:
        raise NotKept(f"The picture is damaged and cannot be shown ({type(error).__name__}).") from error


def _check_pixels(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        most = MOST_PIXELS // 1_000_000
        raise NotKept(f"The picture has {width} x {height} pixels; at most {most} million are allowed.")


def _draw(picture: Image.Image, mime: str) -> Drawn:
    from PIL import ImageOps

    turned = picture.getexif().get(0x0112) in (5, 6, 7, 8)  # the orientation tag, for those that swap the edges
    width, height = picture.size[::-1] if turned else picture.size
    moving = _moving(picture) if mime in ("image/gif", "image/webp") else None
    picture.seek(0)
    # `thumbnail` lets the JPEG decoder skip what would be thrown away, so it goes before everything else.
    picture.thumbnail((WEB_EDGE, WEB_EDGE))
    upright = _srgb(ImageOps.exif_transpose(picture))
    still = _flat(upright, alpha=True)
    web = moving or _encoded(still, _format(still, mime))
    still.thumbnail((PREVIEW_EDGE, PREVIEW_EDGE))
    return Drawn(web, _preview(_flat(still, alpha=False)), width, height)


def _format(picture: Image.Image, mime: str) -> str:
    if mime == "image/webp":
        return "WEBP"
    return "PNG" if mime in _LOSSLESS or picture.mode == "RGBA" else "JPEG"


def _srgb(picture: Image.Image) -> Image.Image:
    """The same colours in sRGB. A profile that cannot be read is ignored, as browsers do."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    from PIL import ImageCms

    try:
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, target, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError):
        return picture


def _flat(picture: Image.Image, *, alpha: bool) -> Image.Image:
    """A new picture of the pixels alone (`info` empty): RGB, or RGBA if it may be and something shines through."""
    from PIL import Image

    if picture.mode.startswith(("I", "F")):  # 16 bits a sample: Pillow's own conversion would cut, not scale
        picture = picture.point(lambda sample: sample / 256).convert("L")
    clear = picture.has_transparency_data
    pixels = picture.convert("RGBA" if clear else "RGB")
    if clear and not alpha:
        ground = Image.new("RGB", pixels.size, "white")
        ground.paste(pixels, mask=pixels.getchannel("A"))
        return ground
    pixels = pixels.copy() if pixels is picture else pixels
    pixels.info.clear()
    return pixels


def _encoded(picture: Image.Image, name: str, quality: int = 88) -> Drawing:
    target = io.BytesIO()
    if name == "PNG":
        picture.save(target, name)
    else:
        picture.save(target, name, quality=quality)
    return Drawing(target.getvalue(), _SAVED_AS[name], *picture.size)


def _preview(picture: Image.Image) -> Drawing:
    """As good as fits. Even noise fits at the last step: 1024 x 1024 at quality 20 is about 400 kB."""
    for quality in (85, 70, 50, 35):
        drawing = _encoded(picture, "JPEG", quality)
        if len(drawing.content) <= PREVIEW_SIZE:
            return drawing
    return _encoded(picture, "JPEG", 20)


def _moving(picture: Image.Image) -> Drawing | None:
    """An animation, frame by frame; None if it does not move, or has too many pixels (then its first frame stands)."""
    frames = getattr(picture, "n_frames", 1)
    width, height = picture.size
    if frames < 2 or frames * width * height > MOST_ANIMATED_PIXELS or max(width, height) > WEB_EDGE:
        return None
    lasting: list[int] = []
    name = "GIF" if picture.format == "GIF" else "WEBP"
    drawn = list(_frames(picture, frames, lasting))
    loop = picture.info.get("loop", 1 if name == "GIF" else 0)
    target = io.BytesIO()
    settings = {"disposal": 2} if name == "GIF" else {"quality": 80}
    drawn[0].save(target, name, save_all=True, append_images=drawn[1:], duration=lasting, loop=loop, **settings)
    return Drawing(target.getvalue(), _SAVED_AS[name], width, height)


def _frames(picture: Image.Image, frames: int, lasting: list[int]) -> Iterator[Image.Image]:
    for number in range(frames):
        picture.seek(number)
        frame = _flat(picture, alpha=True)
        lasting.append(int(picture.info.get("duration", 100)))
        yield frame
