#!/usr/bin/env python3
"""Writes Tests/DatasetsTests/Fixtures/png.json: small PNGs of every kind and their samples.

Every colour type x depth x interlace x ancillary chunk. The samples are those of two decoders that are
not libpng's simplified one: pypng, which hands out what stands in the file, and OpenCV's imread, which
the published code reads with. They must agree.

    pip install numpy opencv-python-headless pypng pillow
    python3 scripts/png-fixtures.py
"""
import base64
import io
import json
import pathlib
import random
import struct
import zlib

import cv2
import numpy
import png
from PIL import ImageCms

WIDTH, HEIGHT = 7, 5
# name: (channels in the file, has a palette)
KINDS = {
    "grey": (1, False), "palette": (1, True), "rgb": (3, False), "grey-alpha": (2, False),
    "rgba": (4, False),
}
DEPTHS = {"grey": [1, 2, 4, 8, 16], "palette": [1, 2, 4, 8]}
TARGET = pathlib.Path(__file__).parent.parent / "Tests/DatasetsTests/Fixtures/png.json"


def profile():
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return b"sRGB\0\0" + zlib.compress(data, 9)


def ancillaries(kind, depth, sample):
    """Name: chunks, of which tRNS and bKGD must follow the palette."""
    gamma = {"none": [], "linear": [(b"gAMA", struct.pack(">I", 100000))],
             "gamma": [(b"gAMA", struct.pack(">I", 45455))],
             "srgb": [(b"sRGB", b"\0")], "iccp": [(b"iCCP", profile())],
             "chrm": [(b"gAMA", struct.pack(">I", 60000)),
                      (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))]}
    channels, palette = KINDS[kind]
    colors = channels - (channels in (2, 4))
    background = b"\1" if palette else struct.pack(f">{colors}H", *[min(3, 2**depth - 1)] * colors)
    gamma["bkgd"] = [(b"bKGD", background)]
    if palette:
        transparent = bytes([0, 128] + [200] * 20)[: min(2**depth, 22)]
    elif colors == channels:
        transparent = struct.pack(f">{colors}H", *sample)
    else:
        return gamma
    gamma["trns"] = [(b"tRNS", transparent)]
    gamma["all"] = gamma["linear"] + [(b"tRNS", transparent), (b"bKGD", background)]
    return gamma


def encode(kind, depth, rows, palette, interlace, extra):
    channels, _ = KINDS[kind]
    writer = png.Writer(
        WIDTH, HEIGHT, greyscale=kind.startswith("grey"), alpha=channels in (2, 4), bitdepth=depth,
        palette=palette, interlace=interlace, compression=9)
    file = io.BytesIO()
    writer.write_array(file, [value for row in rows for value in row])
    chunks = list(png.Reader(bytes=file.getvalue()).chunks())
    late = [chunk for chunk in extra if chunk[0] in (b"tRNS", b"bKGD")]
    early = [chunk for chunk in extra if chunk not in late]
    first = next(i for i, (name, _) in enumerate(chunks) if name == b"IDAT")
    chunks = chunks[:1] + early + chunks[1:first] + late + chunks[first:]
    file = io.BytesIO()
    png.write_chunks(file, chunks)
    return file.getvalue()


def colors(kind, depth, rows, palette):
    """(red, green, blue) of every pixel, from the samples as they stand."""
    channels, _ = KINDS[kind]
    scale = 255 // (2**depth - 1) if kind == "grey" and depth < 8 else 1
    result = []
    for row in rows:
        for pixel in zip(*[iter(row)] * channels):
            if palette:
                result += palette[pixel[0]]
            elif channels < 3:
                result += [pixel[0] * scale] * 3
            else:
                result += pixel[:3]
    return result


def check(data, kind, depth, rows, palette, expected):
    raw = [list(row) for row in png.Reader(bytes=data).read()[2]]
    assert raw == rows, (kind, depth, "pypng")
    flags = cv2.IMREAD_COLOR | (cv2.IMREAD_ANYDEPTH if depth == 16 else 0)
    image = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), flags)
    read = image[:, :, ::-1].reshape(-1).tolist()
    assert read == expected, (kind, depth, "OpenCV", read, expected)


def main():
    draw = random.Random(1)
    samples, files = {}, []
    for kind, (channels, has_palette) in KINDS.items():
        for depth in DEPTHS.get(kind, [8, 16]):
            # "wide": 16-bit samples that are 8-bit ones widened.
            for step in [1, 257] if depth == 16 else [1]:
                limit = 2**depth // step
                palette = None
                if has_palette:
                    palette = [tuple(draw.randrange(256) for _ in range(3)) for _ in range(min(limit, 40))]
                    limit = len(palette)
                rows = [[draw.randrange(limit) * step for _ in range(WIDTH * channels)]
                        for _ in range(HEIGHT)]
                name = f"{kind}-{depth}" + ("-wide" if step > 1 else "")
                samples[name] = colors(kind, depth, rows, palette)
                for interlace in [False, True]:
                    for what, extra in ancillaries(kind, depth, rows[1][:channels]).items():
                        if step > 1 and what != "none":
                            continue
                        data = encode(kind, depth, rows, palette, interlace, extra)
                        check(data, kind, depth, rows, palette, samples[name])
                        files.append({
                            "name": f"{name}{'-interlaced' if interlace else ''}-{what}",
                            "samples": name, "grey": kind.startswith("grey"),
                            "transparent": channels in (2, 4) or what in ("trns", "all"),
                            "png": base64.b64encode(data).decode()})
    document = {"width": WIDTH, "height": HEIGHT, "samples": samples, "files": files}
    text = json.dumps(document, separators=(",", ":")).replace("},{", "},\n{").replace("],", "],\n")
    TARGET.write_text(text + "\n")
    print(f"{TARGET}: {len(files)} files, {len(text)} bytes, OpenCV {cv2.__version__}")


if __name__ == "__main__":
    main()
