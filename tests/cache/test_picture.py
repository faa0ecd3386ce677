"""Pictures drawn anew: nothing but pixels passes, and nothing too large is decoded."""

import io
import random
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from cache.kind import sniff
from cache.picture import MOST_ANIMATED_PIXELS, Drawn, can_draw, draw
from channels.errors import NotKept

SECRET = b"SECRET"


def drawn(content: bytes) -> Drawn:
    mime = sniff(content).mime
    assert can_draw(mime), mime
    return draw(io.BytesIO(content), mime)


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def located(orientation: int = 1) -> Image.Exif:
    """As a phone writes it: where the photo was taken, and how the phone was held."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 15.5), 3: "E", 4: (11.0, 34.0, 31.25)})
    return exif


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_location_is_gone(picture, format):
    content = picture(format, exif=located())
    assert opened(content).getexif().get_ifd(ExifTags.IFD.GPSInfo), "the test's own picture has a location"
    result = drawn(content)
    for drawing in (result.web, result.preview):
        assert not dict(opened(drawing.content).getexif())
        assert SECRET not in drawing.content
        assert b"Exif" not in drawing.content


def test_comments_profiles_and_tails_are_gone(picture):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "SECRET")
    dirty = [
        picture("PNG", pnginfo=notes) + SECRET,
        picture("JPEG", comment=SECRET, icc_profile=SECRET * 9) + SECRET,
        picture("GIF", comment=SECRET) + SECRET,
        picture("WEBP", icc_profile=SECRET * 9, xmp=SECRET),
        picture("TIFF", exif=located()),
    ]
    for content in dirty:
        assert SECRET in content
        result = drawn(content)
        assert SECRET not in result.web.content + result.preview.content


def test_a_gif_that_is_a_script_too_comes_out_as_a_picture(picture):
    gif = bytearray(picture("GIF"))
    polyglot = bytes(gif) + b"*/=1;alert(document.domain)//<script>alert(1)</script>"
    result = drawn(polyglot)
    assert result.web.mime == "image/png"
    assert b"alert" not in result.web.content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright(orientation):
    image = Image.new("RGB", (64, 32), "blue")
    image.paste("red", (0, 0, 16, 16))  # top left as stored
    target = io.BytesIO()
    image.save(target, "JPEG", quality=95, exif=located(orientation))
    result = drawn(target.getvalue())
    web = opened(result.web.content)
    size = (32, 64) if orientation >= 5 else (64, 32)
    assert (result.width, result.height) == web.size == (result.web.width, result.web.height) == size
    right, bottom = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    corner = (web.width - 4 if right else 4, web.height - 4 if bottom else 4)
    assert web.getpixel(corner)[0] > 200, "the red corner is where the phone's owner saw it"


@pytest.mark.parametrize(
    ("format", "mode", "web"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("GIF", "P", "image/png"),
        ("BMP", "RGB", "image/png"),
        ("TIFF", "RGB", "image/png"),
        ("WEBP", "RGBA", "image/webp"),
        ("AVIF", "RGB", "image/jpeg"),
    ],
)
def test_formats(picture, format, mode, web):
    result = drawn(picture(format, (40, 20), mode))
    assert result.web.mime == web
    assert opened(result.web.content).size == (result.width, result.height) == (40, 20)
    assert result.preview.mime == "image/jpeg"
    assert opened(result.preview.content).format == "JPEG"


def test_what_shines_through_stays_and_is_white_in_the_preview():
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(target, "PNG")
    result = drawn(target.getvalue())
    assert opened(result.web.content).getpixel((5, 5))[3] == 0
    assert min(opened(result.preview.content).getpixel((5, 5))) > 250


def test_sixteen_bits_a_sample_are_scaled_not_cut():
    target = io.BytesIO()
    Image.new("I;16", (10, 10), 0x8000).save(target, "PNG")
    assert abs(opened(drawn(target.getvalue()).web.content).getpixel((5, 5))[0] - 128) < 3


def test_large_pictures_are_made_smaller(picture):
    result = drawn(picture("JPEG", (6000, 3000)))
    assert (result.width, result.height) == (6000, 3000)
    assert opened(result.web.content).size == (2560, 1280)
    assert opened(result.preview.content).size == (1024, 512)


@pytest.mark.parametrize("levels", [2, 256])
def test_even_noise_fits_the_preview(levels):
    noise = random.Random(1).randbytes(3 * 1024 * 1024)
    if levels == 2:
        noise = noise.translate(bytes(128) + b"\xff" * 128)
    target = io.BytesIO()
    Image.frombytes("RGB", (1024, 1024), noise).save(target, "PNG", compress_level=0)
    result = drawn(target.getvalue())
    assert (result.preview.width, result.preview.height) == (1024, 1024)
    assert 200_000 < len(result.preview.content) <= 1_000_000


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_what_moves_keeps_moving(format):
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "green", "blue")]
    target = io.BytesIO()
    frames[0].save(target, format, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    web = Image.open(io.BytesIO(drawn(target.getvalue()).web.content))
    assert (web.format, web.n_frames, web.info["loop"]) == (format, 3, 0)
    lasting = []
    for number, color in enumerate([(255, 0, 0), (0, 128, 0), (0, 0, 255)]):
        web.seek(number)
        web.load()
        lasting.append(web.info["duration"])
        assert max(abs(a - b) for a, b in zip(web.convert("RGB").getpixel((8, 8)), color, strict=True)) < 12
    assert lasting == [100, 200, 300]


def test_an_animation_of_too_many_pixels_stands_still():
    side = 1300
    frames = [Image.new("L", (side, side), number) for number in range(MOST_ANIMATED_PIXELS // side**2 + 1)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert opened(drawn(target.getvalue()).web.content).format == "PNG"


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compress(bytes(200_000), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (10_000, 9_000), (8_000, 6_251), (2**31 - 1, 1)])
def test_a_pixel_bomb_is_refused_before_it_is_decoded(width, height):
    with pytest.raises(NotKept, match="million"):
        drawn(png_header(width, height))


PEAK = """
import pathlib, sys
from cache.picture import draw
try:
    print(draw(open(sys.argv[1], "rb"), sys.argv[2]).width)
except Exception as refusal:
    print(refusal)
print(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


@pytest.mark.parametrize(
    ("format", "mode", "size", "how", "said"),
    [
        ("JPEG", "RGB", (8160, 6120), {}, "8160"),  # the largest photo of a phone
        ("JPEG", "RGB", (6200, 4800), {"progressive": True, "subsampling": 0}, "6200"),
        ("JPEG", "RGB", (6600, 5000), {"progressive": True}, "The picture has 6600 x 5000 pixels; at most 30 million"),
        ("WEBP", "RGBA", (4200, 3200), {"method": 0, "quality": 1}, "4200"),
        ("PNG", "RGBA", (5000, 3900), {"compress_level": 1}, "5000"),
        ("PNG", "RGBA", (5000, 4100), {"compress_level": 1}, "The picture has 5000 x 4100 pixels; at most 20 million"),
    ],
)
def test_the_largest_pictures_do_not_fill_the_memory(picture, tmp_path, format, mode, size, how, said):
    (tmp_path / "large").write_bytes(picture(format, size, mode, **how))
    command = [sys.executable, "-c", PEAK, tmp_path / "large", f"image/{format.lower()}"]
    answer, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603
    assert answer.startswith(said)
    assert int(peak) < 300_000, "kB"


def test_a_jpeg_of_one_scan_per_colour_counts_as_progressive(picture):
    # Its decoder holds all coefficients too, but its header says baseline: the scan's own header tells.
    large = picture("JPEG", (7000, 5000))
    scan = large.index(b"\xff\xda")
    assert drawn(large).width == 7000
    with pytest.raises(NotKept, match="million"):
        drawn(large[:scan] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + large[scan + 14 :])


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("part", [0.3, 0.7])
def test_a_damaged_picture_says_so(format, part):
    target = io.BytesIO()
    Image.effect_noise((200, 200), 99).convert("RGB").save(target, format)
    content = target.getvalue()
    with pytest.raises(NotKept, match="The picture is damaged"):
        drawn(content[: int(len(content) * part)])


@pytest.mark.filterwarnings(
    "ignore::UserWarning:PIL"
)  # of EXIF it cannot read, which is no reason to refuse the picture
@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_scrambled_bytes_are_drawn_or_refused_but_never_break(picture, format):
    content = picture(format, (64, 32), **({"exif": located()} if format in ("PNG", "JPEG", "WEBP", "TIFF") else {}))
    for place in range(12, len(content), max(1, len(content) // 60)):
        scrambled = content[:place] + bytes([content[place] ^ 0xFF, 0xFF]) + content[place + 2 :]
        if can_draw(sniff(scrambled).mime):
            try:
                drawn(scrambled)
            except NotKept as refusal:
                assert "picture" in str(refusal)  # noqa: PT017 — both outcomes are right; any other error is the failure


def test_pillow_is_not_loaded_until_a_picture_comes():
    code = "import sys, cache; sys.exit('PIL' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 — our own interpreter
