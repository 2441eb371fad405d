"""Computes predictions of "htnet predict" again, in PyTorch, and says how far the two are apart.

    pip install torch einops numpy pandas pillow safetensors
    htnet predict --model MODEL.safetensors --data DIR --output predictions.csv
    PYTHONPATH=HTNet python3 docs/examples/python/same_predictions.py \\
        MODEL.safetensors DIR predictions.csv

HTNet is a clone of github.com/wangzhifengharrison/HTNet. DIR is a directory in the release's layout; points
are those of its landmarks.csv. The two differ by rounding: about 1e-6 of a probability.
"""
import sys

import numpy
import pandas
import torch
from PIL import Image

from exported_model import load, model_input

POINTS = ["left_eye", "right_eye", "mouth_left", "mouth_right"]


def main(model_path, data, table):
    model, metadata = load(model_path)
    predictions = pandas.read_csv(table, dtype={"subject": str, "clip": str})
    points = {}
    if metadata["regions"] != "whole":
        marks = pandas.read_csv(f"{data}/landmarks.csv", dtype={"sub": str, "filename_o": str})
        for _, row in marks.iterrows():
            points[row["dataset"], row["sub"], row["filename_o"]] = [
                (row[f"{point}_x"], row[f"{point}_y"]) for point in POINTS]
    images = []
    for _, row in predictions.iterrows():
        # Pillow reads red first; the model takes blue first.
        flow = numpy.asarray(Image.open(f"{data}/{row['image']}").convert("RGB"))[:, :, ::-1]
        images.append(model_input(flow, points.get((row["dataset"], row["subject"], row["clip"])), metadata))
    with torch.no_grad():
        logits = model(torch.from_numpy(numpy.stack(images)))
    ours = torch.softmax(logits.double(), dim=1).numpy()
    names = ["probability_" + name for name in metadata["classes"].split(", ")]
    theirs = predictions[names].to_numpy()
    print(f"{len(predictions)} clips; largest difference of a probability {abs(ours - theirs).max():.1e}; "
          f"{(ours.argmax(1) == predictions['prediction']).sum()} predictions are the same")


if __name__ == "__main__":
    main(*sys.argv[1:])
