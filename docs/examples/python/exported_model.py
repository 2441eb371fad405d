"""An exported model in the published PyTorch class, and the input that it was trained on.

Needs torch, einops, numpy and safetensors, and Model.py of github.com/wangzhifengharrison/HTNet on
PYTHONPATH. See same_predictions.py for its use.
"""
import ast

import numpy
import safetensors
import safetensors.torch
from Model import HTNet


def load(path):
    """The model, ready to answer, and the file's metadata."""
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
    # A Python literal, not JSON: the class takes block_repeats as a tuple.
    config = ast.literal_eval(metadata["constructor"])
    model = HTNet(**config)
    # The keys and shapes are the published ones; strict, so that none is missing or left over.
    model.load_state_dict(safetensors.torch.load_file(path), strict=True)
    return model.eval(), metadata


def model_input(flow, points, metadata):
    """One clip's input, float32 [channel, row, column].

    flow: the flow image, uint8 or uint16 [row, column, channel], its channels in the order that the
    metadata's "channels" say: blue, green, red as OpenCV reads them, not red first.
    points: (x, y) of left eye, right eye, left and right corner of the mouth; not read for "whole".
    """
    regions = metadata["regions"]
    if regions != "whole":
        half = len(flow) // 2

        def crop(point):
            # The square around the point, moved inside; "published" takes x for the row.
            x, y = [int(min(max(value, half // 2), len(flow) - half // 2)) - half // 2 for value in point]
            row, column = (x, y) if regions == "published" else (y, x)
            return flow[row : row + half, column : column + half]

        left_eye, right_eye, left_mouth, right_mouth = map(crop, points)
        flow = numpy.vstack([numpy.hstack([left_eye, right_eye]), numpy.hstack([left_mouth, right_mouth])])
    image = flow.astype(numpy.float32).transpose(2, 0, 1)
    if flow.dtype == numpy.uint16:
        image /= 257
    if "of the clip itself" in metadata["scaling"]:
        # Sums of float64: of a channel that is the same everywhere those of float32 make a deviation above 0.
        mean, deviation = [
            of(image, axis=(1, 2), keepdims=True, dtype=numpy.float64).astype(numpy.float32)
            for of in (numpy.mean, numpy.std)]
        image = (image - mean) / numpy.where(deviation > 0, deviation, 1)
    elif metadata["scaling"] != "raw":
        mean, deviation = [
            numpy.array([float(text) for text in metadata[key].split(", ")], numpy.float32)[:, None, None]
            for key in ("mean", "deviation")]
        image = (image - mean) / deviation
    return image
