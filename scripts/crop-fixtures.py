#!/usr/bin/env python3
"""Writes Tests/DatasetsTests/Fixtures/crops: a made-up data set and the model's input of it.

The input is computed here by the published recipe, with OpenCV and numpy, and compared by RegionTests
with what the program reads: crops.bin is uint8 [layout, clip, channel, row, column], the layouts in the
order published, corrected, whole, and the channels u, v, strain.

    pip install numpy opencv-python-headless
    python3 scripts/crop-fixtures.py
"""
import pathlib

import cv2
import numpy

TARGET = pathlib.Path(__file__).parent.parent / "Tests/DatasetsTests/Fixtures/crops"
IMAGES = "STSNet_whole_norm_u_v_os"
POINTS = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"]
# Two people are the sixth of their dataset.
CLIPS = [("casme2", "sub01", "EP02_01f", 1), ("samm", "6", "6_1_2", 0), ("smic", "6", "sur_03", 2),
         ("samm", "007", "007_3_1", 0)]
LANDMARKS = [
    [(9.5281, 11.0626), (21.3962, 10.9198), (15.3802, 17.3806), (10.2554, 22.1212), (20.5837, 22.2558)],
    [(-4.9, 7.99), (21.99, 30.0), (15.0, 17.0), (13.5, 6.9), (21.0, 7.0)],
    [(8.0, 9.0), (20.0, 10.0), (14.0, 15.0), (12.0, 13.0), (14.2, 15.9)],
    [(6.9999, 20.9999), (7.0001, 21.0001), (0.0, 0.0), (10.5, 19.5), (28.0, 0.0)],
]


def region(flow, point, x_is_row):
    a, b = [int(min(max(value, 7), 21)) for value in point]
    row, column = (a, b) if x_is_row else (b, a)
    return flow[row - 7 : row + 7, column - 7 : column + 7]


def compose(flow, points, x_is_row):
    left_eye, right_eye, _, left_mouth, right_mouth = [region(flow, p, x_is_row) for p in points]
    return cv2.vconcat([cv2.hconcat([left_eye, right_eye]), cv2.hconcat([left_mouth, right_mouth])])


def main():
    (TARGET / IMAGES).mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(1)
    labels = ["dataset,sub,filename_o,label,apex,imagename,sub_filename"]
    marks = ["dataset,sub,filename_o,detected," + ",".join(f"{p}_{axis}" for p in POINTS for axis in "xy")]
    layouts = [[], [], []]
    for (dataset, subject, name, label), points in zip(CLIPS, LANDMARKS):
        path = str(TARGET / IMAGES / f"{subject}_{name} .png")
        cv2.imwrite(path, random.integers(0, 256, (28, 28, 3), numpy.uint8))
        labels.append(f"{dataset},{subject},{name},{label},,{subject}_{name}.jpg,")
        marks.append(f"{dataset},{subject},{name},1," + ",".join(f"{v:.4f}" for p in points for v in p))
        flow = cv2.imread(path)  # rows, columns, (blue, green, red) = (u, v, strain)
        for layout, composed in zip(
            layouts, [compose(flow, points, True), compose(flow, points, False), flow]):
            layout.append(composed.transpose(2, 0, 1))
    (TARGET / "combined_3_class2_for_optical_flow.csv").write_text("\n".join(labels) + "\n")
    (TARGET / "landmarks.csv").write_text("\n".join(marks) + "\n")
    numpy.array(layouts).tofile(TARGET / "crops.bin")


if __name__ == "__main__":
    main()
