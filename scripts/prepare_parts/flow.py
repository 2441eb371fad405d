"""Optical flow and optical strain."""

import cv2
import numpy as np


def tv_l1(onset: np.ndarray, apex: np.ndarray) -> np.ndarray:
    """The motion [side, side, 2 (u, v)] in pixels that takes each point of `onset` to `apex`.

    TV-L1 (Zach, Pock and Bischof, 2007; Sánchez, Meinhardt-Llopis and Facciolo, IPOL 2013) as OpenCV
    has it, with its own settings. u is positive to the right, v downwards. Grey squares of 8 bits.
    """
    return cv2.optflow.DualTVL1OpticalFlow_create().calc(onset, apex, None)


def strain(flow: np.ndarray) -> np.ndarray:
    """The magnitude [side, side] of the infinitesimal strain of `flow` [side, side, 2], no unit.

    sqrt(e_xx² + e_yy² + 2·e_xy²) with e_xx = ∂u/∂x, e_yy = ∂v/∂y, e_xy = (∂u/∂y + ∂v/∂x) / 2, as
    Liong et al. (STSTNet, arXiv 1902.03634); central differences, one-sided at the edge.
    """
    u_y, u_x = np.gradient(flow[..., 0].astype(np.float64))
    v_y, v_x = np.gradient(flow[..., 1].astype(np.float64))
    return np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2)


def shrink(map: np.ndarray, size: int) -> np.ndarray:
    """`map` [side, side] as [size, size]: means of whole blocks, so side / size must be whole."""
    block = map.shape[0] // size
    assert block * size == map.shape[0], f"{map.shape[0]} is no multiple of {size}"
    return map.reshape(size, block, size, block).mean(axis=(1, 3))
