"""A page taken again with a telephone: on some desk, turned, aslant, bent, badly lit, blurred, cut, compressed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[Any]


def photographed(page: bytes, seed: int) -> bytes:
    """The page (an image file) as a JPEG photograph; the same for the same seed."""
    chance = np.random.default_rng(seed)
    sheet = cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    picture = _grainy(_lit(_bent(_on_desk(sheet, chance), chance), chance), chance)
    if chance.random() < 0.15:  # the telephone was held another way
        picture = np.ascontiguousarray(np.rot90(picture, int(chance.integers(1, 4))))
    quality = int(chance.integers(45, 90))
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def _on_desk(sheet: Picture, chance: np.random.Generator) -> Picture:
    """Turned by up to 7°, each corner off by up to 3.5 %; a third are framed tightly and may lose 3 % of an edge."""
    height, width = sheet.shape[:2]
    room = np.array([width * chance.uniform(1.05, 1.5), height * chance.uniform(1.08, 1.6)])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    angle, middle = np.deg2rad(chance.uniform(-7, 7)), corners.mean(0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (corners - middle) @ turn.T * chance.uniform(0.9, 1) + room / 2
    moved += chance.uniform(-0.2, 0.2, 2) * (room - [width, height]) / 2
    moved += chance.uniform(-0.035, 0.035, (4, 2)) * [width, height]
    start, end = np.zeros(2), room
    if chance.random() < 0.35:
        start = moved.min(0) + chance.uniform(-0.02, 0.03, 2) * [width, height]
        end = moved.max(0) - chance.uniform(-0.02, 0.03, 2) * [width, height]
    scale = chance.uniform(1300, 2600) / (end - start)[0]
    how = cv2.getPerspectiveTransform(corners, ((moved - start) * scale).astype(np.float32))
    size = int((end - start)[0] * scale), int((end - start)[1] * scale)
    taken = cv2.warpPerspective(sheet, how, size, flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), how, size)
    blurred = cv2.GaussianBlur(
        np.where(covered[..., None] > 127, taken, _desk(size, chance)), (0, 0), chance.uniform(0.4, 1.3) * max(1, scale)
    )
    return blurred.astype(np.float32)


def _desk(size: tuple[int, int], chance: np.random.Generator) -> Picture:
    """Of any colour, with a grain coarse or fine."""
    plain = np.full((size[1], size[0], 3), chance.integers(20, 235, 3), np.uint8)
    coarse = int(chance.integers(3, 30))
    grain = chance.integers(0, 60, (size[1] // coarse + 2, size[0] // coarse + 2)).astype(np.uint8)
    return cv2.subtract(plain, cv2.merge([cv2.resize(grain, size)] * 3))


def _bent(picture: Picture, chance: np.random.Generator) -> Picture:
    """Two of five papers do not lie flat: waves of up to 0.8 % of the height."""
    if chance.random() >= 0.4:
        return picture
    height, width = picture.shape[:2]
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    wave = np.sin(across / (chance.uniform(0.7, 2) * width) * 2 * np.pi + chance.uniform(0, 6))
    down += (chance.uniform(0, 0.008) * height * wave).astype(np.float32)
    return cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _lit(picture: Picture, chance: np.random.Generator) -> Picture:
    """A lamp from one side and of some colour; a fifth with a glare, a fifth with the shadow of a hand."""
    height, width = picture.shape[:2]
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    dark, angle = chance.uniform(0.55, 1), chance.uniform(0, 6.28)
    ramp = 1 - (1 - dark) * (0.5 + (across * np.cos(angle) + down * np.sin(angle)) / 2.84)
    lit: Picture = picture * ramp[..., None] * chance.uniform(0.75, 1.05) * chance.uniform(0.9, 1.05, 3)
    if chance.random() < 0.2:
        x, y = chance.uniform(-0.8, 0.8, 2)
        lit += (160 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 0.02))[..., None]
    if chance.random() < 0.2:
        edge = chance.uniform(-1, 1)
        lit *= (1 - 0.4 / (1 + np.exp(-(across + down * 0.5 - edge) * 15)))[..., None]
    return lit


def _grainy(picture: Picture, chance: np.random.Generator) -> Picture:
    grain = chance.standard_normal(picture.shape, np.float32) * chance.uniform(1, 7)
    grainy: Picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return grainy
