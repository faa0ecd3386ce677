"""Pictures drawn anew: upright, small enough, and with nothing left in them but what can be seen.

Only pixels pass: EXIF (where the photo was taken), comments, colour profiles, and whatever was hidden behind or inside the
file stay in the original, which is never shown inline. Colours are converted to sRGB first, so the look stays.

Pillow is imported when the first picture comes, because idle memory is budgeted. These functions block: run them in a thread.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from channels.errors import NotKept
from channels.value import value

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000  # 8160 x 6120, the largest common phone photo
MOST_MEMORY = 220_000_000  # bytes that drawing one picture may take
MOST_ANIMATED_PIXELS = 20_000_000  # over all frames: 480 x 270 for 150 of them
WEB_EDGE = 2560
PREVIEW_EDGE = 1024
PREVIEW_QUALITY = 80  # pure noise of 1024 x 1024 then takes 0.9 MB: platforms want previews below 1 MB

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
# Bytes that drawing takes for each pixel, as measured: the decoder's own copies, Pillow's (4 even for RGB), and those that
# making it smaller needs. What is not listed takes less than 12.
_BYTES = {
    "PNG": {"RGB": 6, "L": 2, "RGBA": 11},
    "TIFF": {"RGB": 6, "L": 2},
    "BMP": {"RGB": 6, "L": 2},
    "WEBP": {"RGB": 16, "RGBA": 16},
}
_SAVED_AS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


@value
class Drawing:
    """One picture, encoded by us. Sizes in pixels."""

    content: bytes
    mime: str
    width: int
    height: int


@value
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
            size = picture.size
            _check_pixels(picture, file)
            return _draw(picture, mime, size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotKept(f"The picture has more than the {MOST_PIXELS // 1_000_000} million pixels allowed.") from None
    except broken as error:
        raise NotKept(f"The picture is damaged and cannot be shown ({type(error).__name__}).") from error


def _check_pixels(picture: Image.Image, file: IO[bytes]) -> None:
    """Raise `NotKept` for a picture that would take too much memory: the header tells, nothing is decoded yet."""
    width, height = picture.size
    taken = width * height * (_BYTES.get(picture.format or "", {}).get(picture.mode) or 12)
    if picture.format in ("JPEG", "MPO"):
        # Only as much of it is decoded as will be seen: this makes `picture` smaller, by a half, a quarter or an eighth.
        picture.draft(None, _within(picture.size, WEB_EDGE))
        taken = picture.width * picture.height * 5 + (width * height * 6 if _in_many_scans(file) else 0)
    if width * height > MOST_PIXELS or taken > MOST_MEMORY:
        most = min(MOST_PIXELS, width * height * MOST_MEMORY // taken) / 1_000_000
        raise NotKept(
            f"The picture has {width} x {height} pixels; at most {most:.0f} million are allowed for its kind."
        )


def _within(size: tuple[int, int], edge: int) -> tuple[int, int]:
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _in_many_scans(file: IO[bytes]) -> bool:
    """Whether a JPEG is progressive, or has its colours one after the other: then its decoder must hold all of it."""
    file.seek(2)
    colours = 0
    while len(head := file.read(4)) == 4 and head[0] == 0xFF:
        length = int.from_bytes(head[2:], "big")
        segment = file.read(max(0, length - 2))
        if 0xC0 <= head[1] <= 0xCF and head[1] not in (0xC4, 0xC8, 0xCC) and len(segment) > 5:
            if head[1] not in (0xC0, 0xC1):
                return True
            colours = segment[5]
        if head[1] == 0xDA:
            return segment[:1] != bytes([colours])
    return True


def _draw(picture: Image.Image, mime: str, size: tuple[int, int]) -> Drawn:
    from PIL import ImageOps

    turned = picture.getexif().get(0x0112) in (5, 6, 7, 8)  # the orientation tag, for those that swap the edges
    width, height = size[::-1] if turned else size
    moving = _moving(picture) if mime in ("image/gif", "image/webp") else None
    if moving is not None:
        picture.seek(0)
    if picture.mode in ("1", "P", "PA") and max(size) > WEB_EDGE:  # what has a palette cannot be made smaller smoothly
        picture = ImageOps.exif_transpose(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))
    picture.thumbnail((WEB_EDGE, WEB_EDGE))
    upright = _srgb(ImageOps.exif_transpose(picture))
    still = _flat(upright, alpha=True)
    web = moving or _encoded(still, _format(still, mime))
    still.thumbnail((PREVIEW_EDGE, PREVIEW_EDGE))
    return Drawn(web, _encoded(_flat(still, alpha=False), "JPEG", PREVIEW_QUALITY), width, height)


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
