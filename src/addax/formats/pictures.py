"""Reading pictures that others wrote: Pillow's own decoders only, and no more pixels than the file can account for.

Pillow is imported when a picture is opened. Some of its formats (EPS) start other programs; they are not read.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any

from addax.formats.errors import CorruptFileError, TooLargeError

__all__ = ["FORMATS", "frames", "open_picture", "pixel_limit"]

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM", "TGA", "ICO")
# A plain picture packs to a hundredth of a byte a pixel; small files may hold 64 million pixels all the same.
_RATIO = 64
_ALLOWANCE = 1 << 26
_MOST = 178_956_970


def pixel_limit(file_bytes: int) -> int:
    """Pixels that a file of `file_bytes` bytes may hold, all frames together.

    Example:
        >>> from addax.formats.pictures import pixel_limit
        >>> pixel_limit(1000), pixel_limit(1 << 30)
        (67108864, 178956970)
    """
    return min(_MOST, max(_ALLOWANCE, _RATIO * file_bytes))


def open_picture(
    data: bytes, file: str | os.PathLike[str], formats: tuple[str, ...] = FORMATS, ratio: int = 1, grey: bool = False
) -> Any:
    """The picture that some bytes hold, decoded.

    Args:
        data: the bytes of the file.
        file: path to name in errors.
        formats: Pillow's names of the formats that are admitted.
        ratio: 1, 2, 4 or 8: a JPEG image is decoded that many times smaller, where it is large enough.
        grey: of a JPEG image only the brightness is decoded.

    Returns:
        a `PIL.Image.Image`, its first frame loaded.

    Raises:
        ImportError: Pillow is missing.
        CorruptFileError: no such picture, damaged, or (TooLargeError) of too many pixels.

    Example:
        >>> from addax.formats.pictures import open_picture
        >>> open_picture(b"P5 2 1 255 ab", "a.pgm").size
        (2, 1)
    """
    import PIL.Image

    wanted = [each for each in formats if each in FORMATS and each != "MPO"]  # which its JPEG reader finds out
    if not PIL.Image.OPEN.keys() >= set(wanted):
        PIL.Image.init()
    try:
        opened = PIL.Image.open(io.BytesIO(data), formats=[each for each in wanted if each in PIL.Image.OPEN])
        width, height = opened.size
        if width * height > pixel_limit(len(data)):
            raise TooLargeError(
                file, "picture too large", expected=f"at most {pixel_limit(len(data))} pixels",
                received=f"{width} x {height} pixels in {len(data)} bytes",
            )  # fmt: skip
        if ratio > 1 or grey:
            opened.draft("L" if grey else None, (max(1, width // ratio), max(1, height // ratio)))
        opened.load()
    except CorruptFileError:
        raise
    except Exception as error:  # Pillow's readers raise whatever damaged bytes make them
        raise CorruptFileError(
            file, f"no readable picture ({type(error).__name__}: {error})", expected=" or ".join(formats),
            received=f"{len(data)} bytes beginning {data[:8]!r}",
        ) from None  # fmt: skip
    opened.info["bytes"], opened.info["whole"] = len(data), (width, height)
    return opened


def frames(opened: Any, file: str | os.PathLike[str]) -> Iterator[Any]:
    """The frames of a picture that `open_picture` opened, one after the other.

    Raises:
        CorruptFileError: a damaged frame, or (TooLargeError) too many pixels in all.
    """
    import PIL.ImageSequence

    size = opened.info.get("bytes", 0)
    left = limit = pixel_limit(size)
    try:
        for frame in PIL.ImageSequence.Iterator(opened):
            left -= frame.size[0] * frame.size[1]
            if left < 0:
                raise TooLargeError(
                    file, "frames of too many pixels", expected=f"at most {limit}", received=f"{size} bytes"
                )
            yield frame
    except CorruptFileError:
        raise
    except Exception as error:  # as above
        raise CorruptFileError(file, f"a damaged frame ({type(error).__name__}: {error})") from None
