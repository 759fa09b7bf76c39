"""Any picture's pixels as plain sRGB."""

import io

import numpy as np
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
WHITE = (255, 255, 255)
SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L", "I;16N")


def as_srgb(image: Image.Image) -> Image.Image:
    """An RGB image: colour profile applied (and forgotten), transparency on white, 16 bits cut to 8."""
    profile = image.info.pop("icc_profile", None)
    if image.mode in SIXTEEN_BITS:
        image = cut_to_eight_bits(image)
    elif has_transparency(image):
        image = on_white(image)
    if image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("RGB")
    if profile and not says_srgb(profile):
        image = through_profile(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def has_transparency(image: Image.Image) -> bool:
    return "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")


def on_white(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    with_alpha = image if image.mode == "RGBA" else image.convert("RGBA")
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def cut_to_eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    return Image.fromarray((np.clip(values, 0, 0xFFFF) >> 8).astype(np.uint8))


def says_srgb(profile: bytes) -> bool:
    """Whether the profile is one of the many copies of sRGB, told by its description."""
    return b"sRGB" in profile[:1024] or b"s\0R\0G\0B" in profile[:1024]


def through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """The picture in sRGB; unchanged when the profile is broken or made for another kind of picture."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "RGB":  # in place: a phone's photo takes 50 MB
            ImageCms.profileToProfile(image, source, SRGB, inPlace=True)
            return image
        converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return converted or image
