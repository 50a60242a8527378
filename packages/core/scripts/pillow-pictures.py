"""Writes src/images/pillow-pictures.json: what Pillow makes of a few pictures, for the tests of the
resampler. Needs Pillow (12.3 was used): python3 scripts/pillow-pictures.py"""

import base64
import json
import math
import pathlib

from PIL import Image

MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def noise(width, height, channels):
    """The same bytes as `noise` in the tests: a linear congruential generator (Numerical Recipes)."""
    state, out = 1, bytearray()
    for _ in range(width * height * channels):
        state = (state * 1664525 + 1013904223) % 2**32
        out.append(state >> 24)
    return Image.frombytes(MODES[channels], (width, height), bytes(out))


def fitted(image, size, fit, reduction, background=(10, 20, 30)):
    """The definition in docs/pictures.md, in Pillow's words."""
    (w, h), (W, H) = image.size, size
    too_wide = w * H > h * W
    box, inner = (0, 0, w, h), size
    if fit == "cover":
        sw, sh = (h * W / H, h) if too_wide else (w, w * H / W)
        box = ((w - sw) / 2, (h - sh) / 2, (w - sw) / 2 + sw, (h - sh) / 2 + sh)
    if fit == "contain":
        half_up = lambda x: max(1, math.floor(x + 0.5))
        inner = (W, half_up(h * W / w)) if too_wide else (half_up(w * H / h), H)
    small = image.reduce(reduction) if reduction > 1 else image
    box = tuple(edge / reduction for edge in box)
    result = small.resize(inner, Image.Resampling.BICUBIC, box)
    if fit == "contain":
        padded = Image.new(image.mode, size, background if image.mode == "RGB" else 20)
        padded.paste(result, ((W - inner[0]) // 2, (H - inner[1]) // 2))
        result = padded
    return result


cases = []
for width, height, channels, out_width, out_height, fit, reduction in [
    (8, 8, 1, 4, 4, "fill", 1),
    (7, 5, 3, 4, 3, "fill", 1),
    (3, 2, 3, 8, 9, "fill", 1),
    (1, 1, 1, 3, 2, "fill", 1),
    (13, 9, 3, 5, 5, "cover", 1),
    (9, 13, 1, 6, 4, "cover", 1),
    (12, 9, 3, 6, 6, "contain", 1),
    (5, 11, 1, 6, 4, "contain", 1),
    (50, 41, 3, 8, 8, "cover", 2),
    (101, 67, 1, 6, 4, "fill", 8),
    (67, 101, 3, 7, 7, "contain", 4),
    (8, 8, 4, 5, 3, "fill", 1),
    # Weights below 0 that are rounded the other way give another byte here.
    (3, 2, 1, 12, 10, "fill", 1),
    (5, 3, 1, 17, 13, "fill", 1),
    (5, 9, 3, 17, 13, "fill", 1),
]:
    result = fitted(noise(width, height, channels), (out_width, out_height), fit, reduction)
    cases.append(
        {
            "from": [width, height, channels],
            "to": [out_width, out_height],
            "fit": fit,
            "reduction": reduction,
            "bytes": base64.b64encode(result.tobytes()).decode(),
        }
    )

target = pathlib.Path(__file__).parent.parent / "src/images/pillow-pictures.json"
target.write_text("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")
