"""Prints the expected numbers in src/similarity.rs and src/homography.rs, by way of NumPy and OpenCV."""

import sys

import cv2
import numpy as np

sys.dont_write_bytecode = True
from reference import TEMPLATE, umeyama

found = np.array([[412.5, 203.25], [455.0, 196.5], [436.75, 226.0], [421.0, 251.5], [459.25, 245.0]])
print("similarity, landmarks to template:")
print(umeyama(found, TEMPLATE)[:2].tolist())
mirrored = found * [-1, 1]
print("similarity, mirrored landmarks to template:")
print(umeyama(mirrored, TEMPLATE)[:2].tolist())

rectangle = np.array([[0, 0], [188, 0], [188, 48], [0, 48]], np.float32)
corners = np.array([[310.5, 142.25], [402.0, 128.5], [405.75, 161.0], [312.0, 178.5]], np.float32)
print("homography, rectangle to corners:")
print(cv2.getPerspectiveTransform(rectangle, corners).tolist())
