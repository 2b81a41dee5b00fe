"""Image files in memory: decode and encode JPEG, PNG, GIF, BMP and WebP, with Pillow.

Bytes are strings, so these run on the host; a tf.function that calls one runs eagerly.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, unknown_shapes
from addax.core.dispatch import from_host
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.formats import bmp, gif, pictures, png
from addax.formats.errors import CorruptFileError
from addax.ops import host_function, image_color


def _pillow() -> Any:
    try:
        from PIL import Image  # heavy, and only these functions need it
    except ImportError:
        raise ImportError("Decoding and encoding images needs Pillow: pip install addax[image]") from None
    return Image


def _bytes(who: str, contents: Any) -> bytes:
    value = convert.value_of(contents)
    if isinstance(value, Tracer) or value.dtype.kind != "O" or value.ndim:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="a scalar string: the bytes of an image", received={"contents": contents})
        )
    return value[()]


_DECODED = ("JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP")


def _expected(formats: tuple[str, ...]) -> str:
    return " or ".join(formats) if formats else "JPEG, PNG, GIF, BMP or WebP"


def _broken(who: str, data: bytes, error: CorruptFileError, formats: tuple[str, ...]) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        errors.message(
            f"{who}: Unknown image file format, or broken data", expected=_expected(formats),
            received=f"{len(data)} bytes beginning {data[:8]!r} ({error.problem})",
        )
    )  # fmt: skip


def _open(who: str, data: bytes, *formats: str, ratio: int = 1, grey: bool = False) -> Any:
    _pillow()
    try:
        opened = pictures.open_picture(data, "contents", formats or _DECODED, ratio, grey)
    except CorruptFileError as error:
        raise _broken(who, data, error, formats) from None
    if opened.format == "PNG" and data[24] == 16:
        opened.info["deep"] = data
    if opened.format == "PNG":
        opened.info["depth"] = data[24]
    return opened


_PILLOW_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def _pixels(opened: Any, channels: int, dtype: Any) -> np.ndarray:
    """(height, width, channels) of an opened image; 0 channels: as many as the file has."""
    kind = dtypes.as_dtype(dtype).np
    if "deep" in opened.info:
        array = _deep(opened.info["deep"], channels)
        return array if kind == np.uint16 else (array >> 8).astype(np.uint8)
    if not channels:
        own = {"1": "L", "P": "RGBA" if "transparency" in opened.info else "RGB", "CMYK": "RGB", "YCbCr": "RGB"}
        mode = own.get(opened.mode, opened.mode if opened.mode in _PILLOW_MODES.values() else "RGB")
    else:
        mode = _PILLOW_MODES[channels]
    if opened.format == "PNG" and channels == 1 and opened.mode in ("RGB", "RGBA", "P"):
        # libpng weighs colours in integers and drops the remainder, where Pillow rounds.
        weighed = np.asarray(opened.convert("RGB")).astype(np.int32) @ np.array([9797, 19234, 3737])
        array = (weighed >> 15).astype(np.uint8)
    elif opened.format == "PNG" and channels == 4 and opened.mode in ("1", "L") and opened.info["depth"] < 8:
        # libpng makes grey of fewer bits opaque in its own bits, before these become eight.
        array = np.array(opened.convert("RGBA"))
        array[..., 3] = np.where(array[..., 3], (1 << opened.info["depth"]) - 1, 0)
    else:
        array = np.asarray(opened.convert(mode))
    array = array[..., None] if array.ndim == 2 else array
    if kind != np.uint16:
        return array
    return array.astype(np.uint16) * (257 if opened.format == "PNG" else 256)


def _deep(data: bytes, channels: int) -> np.ndarray:
    """(height, width, channels) of a PNG image of 16 bits, as uint16; Pillow reads each half of the bytes."""
    try:
        high, low = [
            np.asarray(pictures.open_picture(half, "contents", ("PNG",)), np.uint16)
            for half in png.halves(data, "contents")
        ]
    except CorruptFileError as error:
        raise errors.InvalidArgumentError(
            f"a PNG image of 16 bits: {error.problem}; received {error.received}."
        ) from None
    array = (high << 8) | low
    array = array[..., None] if array.ndim == 2 else array
    own = array.shape[2]
    if channels in (0, own):
        return array
    colours = array[..., : own - (own + 1) % 2]
    alpha = array[..., -1:] if own % 2 == 0 else _opacity(data, array)
    if channels < 3 and own > 2:  # libpng's weights for 16 bits
        weighed = colours.astype(np.int64) @ np.array([9797, 19234, 3737])
        colours = ((weighed + 16384) >> 15).astype(np.uint16)[..., None]
    elif channels > 2 and own < 3:
        colours = np.repeat(colours, 3, axis=2)
    return colours if channels % 2 else np.concatenate([colours, alpha], axis=2)


def _opacity(data: bytes, colours: np.ndarray) -> np.ndarray:
    """The alpha of a PNG image of 16 bits without any of its own: 0 where a pixel has the one transparent colour."""
    at, opaque = 8, np.full_like(colours[..., :1], 65535)
    while (kind := data[at + 4 : at + 8]) not in (b"IDAT", b""):
        size = int.from_bytes(data[at : at + 4], "big")
        if kind == b"tRNS" and size == 2 * colours.shape[2]:
            hidden = np.frombuffer(data, ">u2", colours.shape[2], at + 8)
            return np.where((colours == hidden).all(axis=2, keepdims=True), np.uint16(0), opaque)
        at += 12 + size
    return opaque


def _check_channels(who: str, channels: Any, allowed: tuple[int, ...]) -> int:
    if channels not in allowed:
        raise errors.InvalidArgumentError(f"{who}: channels must be one of {allowed}, received {channels}.")
    return int(channels)


def _made_up(channels: int, dtype: Any = np.uint8, *frames: int) -> Tensor | None:
    """A picture of a size that nobody can rely on, while shapes are asked for."""
    many = unknown_shapes.many()
    if many is None:
        return None
    return from_host(np.zeros([many] * len(frames) + [many, many, channels or many], dtypes.as_dtype(dtype).np))


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of a JPEG (or PNG, or still GIF) image.

    The decoder is Pillow's libjpeg-turbo with its accurate transform and smooth colours: dct_method's
    "INTEGER_ACCURATE" to the bit; TensorFlow's own default, the fast transform, differs from it by a few 255ths.

    Args:
        contents: a scalar string with the file's bytes.
        channels: 0: as the file has them, 1: gray, 3: RGB.
        ratio: 1, 2, 4 or 8: the image is made that many times smaller, by decoding less of it.
        fancy_upscaling: has no effect: colours of half the resolution are always enlarged smoothly.
        try_recover_truncated: whether to accept a file that ends early.
        acceptable_fraction: has no effect, as in TensorFlow where files of one scan are concerned.
        dct_method: "", "INTEGER_FAST" or "INTEGER_ACCURATE"; see above.
        name: ignored.

    Returns:
        uint8 (height, width, channels).

    Raises:
        InvalidArgumentError: no image, or a broken one.

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.io.decode_jpeg(tf.io.encode_jpeg(pixels)).shape
    TensorShape([4, 6, 3])
    """
    who = "tf.io.decode_jpeg"
    channels = _check_channels(who, channels, (0, 1, 3))
    _check_jpeg(who, ratio, dct_method)
    if (made_up := _made_up(channels)) is not None:
        return made_up
    return from_host(_jpeg_or_other(who, _bytes(who, contents), channels, ratio, try_recover_truncated, np.uint8))


def _check_jpeg(who: str, ratio: int, dct_method: str) -> None:
    if ratio not in (1, 2, 4, 8):
        raise errors.InvalidArgumentError(f"{who}: ratio must be 1, 2, 4, or 8, received {ratio}.")
    if dct_method not in ("", "INTEGER_FAST", "INTEGER_ACCURATE"):
        raise errors.InvalidArgumentError(
            f"{who}: dct_method must be one of '', 'INTEGER_FAST', 'INTEGER_ACCURATE', received {dct_method!r}."
        )


def _jpeg_or_other(who: str, data: bytes, channels: int, ratio: int, truncated: bool, dtype: Any) -> np.ndarray:
    """(height, width, channels) of a JPEG or PNG image, or a GIF of one frame."""
    if data[:3] == b"GIF":
        made = _gif(who, data)
        if len(made) > 1:
            raise errors.InvalidArgumentError(
                f"{who}: Got {len(made)} frames, but animated gifs can only be decoded by tf.io.decode_gif or "
                "tf.io.decode_image."
            )
        _check_channels(who, channels, (0, 3))
        return made[0] if dtype != np.uint16 else made[0].astype(np.uint16) * 256
    if not truncated:
        return _pixels(_jpeg(who, data, channels, ratio), channels, dtype)
    from PIL import ImageFile

    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        return _pixels(_jpeg(who, data, channels, ratio), channels, dtype)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _jpeg(who: str, data: bytes, channels: int, ratio: int) -> Any:
    if data[:3] != b"\xff\xd8\xff":
        return _open(who, data, *(() if who == "tf.io.decode_image" else ("PNG", "JPEG", "MPO")))
    opened = _open(who, data, "JPEG", "MPO", ratio=ratio, grey=channels == 1)
    if channels == 4:
        raise errors.InvalidArgumentError(f"{who}: JPEG does not support 4 channels.")
    if channels == 1 and opened.mode == "CMYK":
        raise errors.InvalidArgumentError(f"{who}: a CMYK image cannot be decoded as gray. Invalid JPEG data.")
    whole = opened.info["whole"]
    asked = tuple(-(-side // ratio) for side in whole)
    return opened if opened.size == asked else opened.resize(asked, box=(0, 0, *opened.size))


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """`decode_jpeg` of a window: crop_window (int32) is (y, x, height, width).

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.io.decode_and_crop_jpeg(tf.io.encode_jpeg(pixels), [0, 2, 3, 4]).shape
    TensorShape([3, 4, 3])
    """
    who = "tf.io.decode_and_crop_jpeg"
    window = np.asarray(convert.value_of(convert.convert_to_tensor(crop_window, dtypes.int32)))
    if window.shape != (4,):
        raise errors.InvalidArgumentError(f"{who}: crop_window must have four elements, received {window.shape}.")
    top, left, height, width = window.tolist()
    whole = decode_jpeg(
        contents, channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method
    )
    if unknown_shapes.probed() is not None:
        return from_host(np.zeros([height, width, whole.shape[2]], np.uint8))
    if top < 0 or left < 0 or height <= 0 or width <= 0:
        raise errors.InvalidArgumentError(f"{who}: Invalid crop window {window.tolist()}.")
    if top + height > whole.shape[0] or left + width > whole.shape[1]:
        raise errors.InvalidArgumentError(f"{who}: Invalid crop window {window.tolist()} of {whole.shape}.")
    return whole[top : top + height, left : left + width]


def decode_png(contents: Any, channels: int = 0, dtype: Any = dtypes.uint8, name: str | None = None) -> Tensor:
    """The pixels of a PNG (or JPEG, GIF) image.

    Args:
        contents: a scalar string with the file's bytes.
        channels: 0: as the file has them, 1: gray, 3: RGB, 4: RGBA.
        dtype: tf.uint8 or tf.uint16.
        name: ignored.

    Returns:
        (height, width, channels).

    >>> import addax as tf
    >>> tf.io.decode_png(tf.io.encode_png(tf.zeros([2, 3, 1], tf.uint8))).shape
    TensorShape([2, 3, 1])
    """
    who = "tf.io.decode_png"
    channels = _check_channels(who, channels, (0, 1, 3, 4))
    _check_dtype(who, dtype, dtypes.uint8, dtypes.uint16)
    if (made_up := _made_up(channels, dtype)) is not None:
        return made_up
    data = _bytes(who, contents)
    return from_host(_jpeg_or_other(who, data, channels, 1, False, dtypes.as_dtype(dtype).np))


def _check_dtype(who: str, dtype: Any, *allowed: Any) -> None:
    if dtypes.as_dtype(dtype) not in allowed:
        names = " or ".join(each.name for each in allowed)
        raise errors.InvalidArgumentError(f"{who}: dtype must be {names}, received {dtypes.as_dtype(dtype).name}.")


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels of a BMP image: uint8 (height, width, channels); of one with a palette the palette's numbers."""
    who = "tf.io.decode_bmp"
    channels = _check_channels(who, channels, (0, 3, 4))
    if (made_up := _made_up(channels)) is not None:
        return made_up
    return from_host(_bmp(who, _bytes(who, contents), channels))


def _bmp(who: str, data: bytes, channels: int) -> np.ndarray:
    _check_channels(who, channels, (0, 3, 4))
    try:
        made = bmp.decode_bmp(data, "contents")
    except CorruptFileError as error:
        raise _broken(who, data, error, ("BMP",)) from None
    if channels and made.shape[2] == 1:
        made = np.repeat(made, 3, axis=2)
    if channels == 4 and made.shape[2] == 3:
        made = np.concatenate([made, np.full_like(made[..., :1], 255)], axis=2)
    return made[..., :channels] if channels else made


def decode_webp(contents: Any, channels: int = 0, dtype: Any = dtypes.uint8, name: str | None = None) -> Tensor:
    """The frames of a WebP image: uint8 (frames, height, width, channels), with as many channels as it has."""
    who = "tf.io.decode_webp"
    channels = _check_channels(who, channels, (0, 3, 4))
    _check_dtype(who, dtype, dtypes.uint8)
    if (made_up := _made_up(channels, dtypes.uint8, 1)) is not None:
        return made_up
    return from_host(_webp(who, _bytes(who, contents), channels))


def _webp(who: str, data: bytes, channels: int) -> np.ndarray:
    opened = _open(who, data, "WEBP")
    own = 4 if opened.has_transparency_data else 3
    if channels not in (0, own):
        raise errors.InvalidArgumentError(f"{who}: Number of channels requested does not match input ({own}).")
    try:
        return np.stack([_pixels(frame, own, np.uint8) for frame in pictures.frames(opened, "contents")])
    except CorruptFileError as error:
        raise _broken(who, data, error, ("WEBP",)) from None


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """The frames of a GIF (or one of a JPEG or PNG) image: uint8 (frames, height, width, 3)."""
    if (made_up := _made_up(3, dtypes.uint8, 1)) is not None:
        return made_up
    who = "tf.io.decode_gif"
    data = _bytes(who, contents)
    if data[:3] == b"\xff\xd8\xff" or data[:4] == b"\x89PNG":
        return from_host(_jpeg_or_other(who, data, 3, 1, False, np.uint8)[None])
    return from_host(_gif(who, data))


def _gif(who: str, data: bytes) -> np.ndarray:
    _pillow()
    try:
        return gif.decode_gif(data, "contents")
    except CorruptFileError as error:
        raise _broken(who, data, error, ("GIF",)) from None


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = dtypes.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The pixels of a JPEG, PNG, GIF, BMP or WebP image, whichever it is.

    Args:
        contents: a scalar string with the file's bytes.
        channels: 0 or None: as the file has them, 1: gray, 3: RGB, 4: RGBA.
        dtype: uint8, uint16 or a floating dtype (then in [0, 1]).
        name: ignored.
        expand_animations: whether a GIF gives all its frames (frames, height, width, channels), or only the first.

    Returns:
        (height, width, channels), or frames of it.

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.io.decode_image(tf.io.encode_png(pixels)).shape
    TensorShape([4, 6, 3])
    """
    who = "tf.io.decode_image"
    channels = _check_channels(who, channels or 0, (0, 1, 3, 4))
    shape = unknown_shapes.probed()
    if shape is not None and expand_animations:
        return host_function.made_up(dtype, shape)
    if (made_up := _made_up(channels, dtype)) is not None:
        return made_up
    made = dtypes.as_dtype(dtype)
    if not (made.is_floating or made.is_integer):
        raise AttributeError(f"{who}: dtype must be either floating point or integer, received {made.name}.")
    # Read as 8 bits where these are asked for, or divided here; others are made of 16 bits, as in TensorFlow.
    data = _bytes(who, contents)
    deep = data[:4] == b"\x89PNG" and data[24:25] == b"\x10"
    depth = np.uint8 if made == dtypes.uint8 or made == dtypes.float32 and not deep else np.uint16
    array = _image(who, data, channels, made, expand_animations, depth)
    if made == dtypes.float32:
        return from_host(array.astype(np.float32) / np.float32(np.iinfo(depth).max))
    pixels = from_host(array)
    return pixels if pixels.dtype == made else image_color.convert_image_dtype(pixels, made)


def _image(who: str, data: bytes, channels: int, made: Any, expand: bool, depth: Any) -> np.ndarray:
    """The pixels of an image of any format, uint8 or uint16."""
    if data[:3] == b"GIF":
        _check_channels(who, channels, (0, 3))
        array = _gif(who, data)
        array = array if expand else array[0]
    elif data[:2] == b"BM":
        array = _bmp(who, data, channels)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        _check_dtype(who, made, dtypes.uint8)
        array = _webp(who, data, channels)
        array = array if expand else array[0]
    else:
        return _jpeg_or_other(who, data, channels, 1, False, depth)
    return array if depth == np.uint8 else array.astype(np.uint16) * 256


# ---------------------------------------------------------------------------- encoding


def _array(who: str, image: Any, *kinds: Any) -> np.ndarray:
    value = convert.value_of(image)
    if isinstance(value, Tracer):
        raise NotCompilable(f"{who} makes a string, which XLA does not have")
    array = np.asarray(value)
    if array.ndim != 3 or array.dtype not in kinds:
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected=f"{' or '.join(np.dtype(kind).name for kind in kinds)} (height, width, channels)",
                received={"image": array}, hint="tf.image.convert_image_dtype(image, tf.uint8, saturate=True)",
            )
        )  # fmt: skip
    return array


def _saved(array: np.ndarray, form: str, **options: Any) -> bytes:
    image = _pillow()
    plain = array[..., 0] if array.shape[-1] == 1 else array
    stream = io.BytesIO()
    image.fromarray(plain).save(stream, form, **options)
    return stream.getvalue()


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Tensor:
    """The bytes of a PNG file.

    Args:
        image: uint8 or uint16 (height, width, channels), of 1 (gray), 2 (and alpha), 3 (RGB) or 4 (RGBA) channels.
        compression: 0 to 9; -1 for the usual.
        name: ignored.

    Returns:
        A scalar string (of a batch of images: one per image).

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.io.encode_png(pixels).numpy()[1:4]
    b'PNG'
    """
    who = "tf.io.encode_png"
    value = convert.value_of(image)
    if not isinstance(value, Tracer) and value.ndim > 3:
        parts = [encode_png(Tensor(each), compression)._value for each in value]
        return Tensor(np.array([part[()] for part in parts], object))
    array = _array(who, image, np.uint8, np.uint16)
    if array.shape[-1] not in (1, 2, 3, 4):
        raise errors.InvalidArgumentError(f"{who}: image must have 1, 2, 3, or 4 channels, received {array.shape}.")
    if not -1 <= compression <= 9:
        raise errors.InvalidArgumentError(f"{who}: compression should be in [-1,9], got {compression}.")
    _check_pixels(who, array)
    return from_host(png.encode_png(array, int(compression)))


def _check_pixels(who: str, array: np.ndarray) -> None:
    if not array.size:
        raise errors.InternalError(None, None, f"{who}: encoding failed: no pixels in {array.shape}.")


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Tensor:
    """The bytes of a JPEG file.

    Args:
        image: uint8 (height, width, 1 or 3).
        format: "grayscale", "rgb", or "" for what the channels say.
        quality: 0 to 100.
        progressive: whether the file can be shown in steps.
        optimize_size: whether to spend time on a smaller file.
        chroma_downsampling: whether colours have half the resolution.
        density_unit: "in" or "cm".
        x_density: pixels per unit.
        y_density: pixels per unit.
        xmp_metadata: XMP text to put in.
        name: ignored.

    Returns:
        A scalar string.

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.io.encode_jpeg(pixels).numpy()[:2].hex()
    'ffd8'
    """
    who = "tf.io.encode_jpeg"
    if isinstance(image, np.ndarray | list | tuple):
        image = np.asarray(image).astype(np.uint8)
    array = _array(who, image, np.uint8)
    channels = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}.get(format)
    if channels is None or array.shape[-1] not in channels:
        raise errors.InvalidArgumentError(
            f"{who}: format must be '', 'grayscale' or 'rgb' and fit the image {array.shape}; received {format!r}."
        )
    if not 0 <= quality <= 100:
        raise errors.InvalidArgumentError(f"{who}: quality must be in [0,100], got {quality}.")
    if density_unit not in ("in", "cm"):
        raise errors.InvalidArgumentError(f"{who}: density_unit must be 'in' or 'cm', received {density_unit!r}.")
    _check_pixels(who, array)
    options: dict[str, Any] = {"xmp": xmp_metadata.encode()} if xmp_metadata else {}
    made = _saved(
        array, "JPEG", quality=int(quality), progressive=progressive, optimize=optimize_size,
        subsampling=2 if chroma_downsampling and array.shape[-1] == 3 else 0,
        dpi=(int(x_density), int(y_density)), **options,
    )  # fmt: skip
    return from_host(_in_centimetres(made)) if density_unit == "cm" else from_host(made)


def _in_centimetres(data: bytes) -> bytes:
    """A JPEG file whose densities, pixels an inch so far, are pixels a centimetre."""
    at = data.index(b"JFIF\0") + 7  # behind the version
    return data[:at] + b"\2" + data[at + 1 :]


def adjust_jpeg_quality(image: Any, jpeg_quality: Any, dct_method: str = "", name: str | None = None) -> Tensor:
    """An image after saving it as JPEG of a quality.

    Args:
        image: (height, width, channels).
        jpeg_quality: 0 to 100.
        dct_method: has no effect.
        name: ignored.

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.image.adjust_jpeg_quality(pixels, 50).shape
    TensorShape([4, 6, 3])
    """
    made = convert.convert_to_tensor(image)
    eight = image_color.convert_image_dtype(made, dtypes.uint8, saturate=True)
    again = decode_jpeg(encode_jpeg(eight, quality=int(np.asarray(convert.value_of(jpeg_quality)))))
    return image_color.convert_image_dtype(again, made.dtype, saturate=True)


def extract_jpeg_shape(contents: Any, output_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """(height, width, channels) of a JPEG image.

    >>> import addax as tf
    >>> pixels = tf.zeros([4, 6, 3], tf.uint8)
    >>> tf.io.extract_jpeg_shape(tf.io.encode_jpeg(pixels)).numpy().tolist()
    [4, 6, 3]
    """
    who = "tf.io.extract_jpeg_shape"
    _check_dtype(who, output_type, dtypes.int32, dtypes.int64)
    opened = _open(who, _bytes(who, contents), "JPEG", "MPO")
    return convert.constant([opened.height, opened.width, len(opened.getbands())], output_type)


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether bytes begin as JPEG files do.

    >>> import addax as tf
    >>> bool(tf.image.is_jpeg("text"))
    False
    """
    return convert.constant(_bytes("tf.io.is_jpeg", contents)[:3] == b"\xff\xd8\xff")
