"""Rows of numbers from files: NPY, IDX (the format of MNIST) and CSV.

Uncompressed NPY and IDX files stay on the disk: each process reads only its own rows.
"""

import gzip
import re

import numpy as np


class Rows:
    """(rows, width) numbers in a file; `take` returns some of them as float32, bytes as value / 255."""

    def __init__(self, path):
        self.path = path
        name = re.sub(r"\.gz$", "", path.lower())
        is_compressed = path.lower().endswith(".gz")
        if name.endswith(".npy"):
            if is_compressed:
                with gzip.open(path) as file:
                    data = np.load(file)
            else:
                data = np.load(path, mmap_mode="r")
        elif re.search(r"(\.idx|[-.]idx\d-ubyte)$", name):
            data = read_idx(path, is_compressed)
        elif name.endswith(".csv"):
            data = read_csv(path)
        else:
            raise ValueError(f"{path} must be an NPY, IDX or CSV file, by its name")
        self.is_pixels = data.dtype == np.uint8
        self.data = data.reshape(len(data), -1)
        self.rows, self.width = self.data.shape

    def take(self, index):
        x = np.asarray(self.data[index], dtype=np.float32)
        if self.is_pixels:
            x /= np.float32(255)
        finite = np.isfinite(x)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise ValueError(
                f"{self.path}, row {index[row] + 1}, column {column + 1}: "
                f"{x[row, column]} is not a finite number"
            )
        return x


def read_idx(path, is_compressed):
    with (gzip.open if is_compressed else open)(path, "rb") as file:
        magic = file.read(4)
        if len(magic) < 4 or magic[:3] != b"\0\0\x08":
            raise ValueError(f"{path} is not an IDX file of bytes")
        shape = np.frombuffer(file.read(4 * magic[3]), ">u4").astype(int)
        if is_compressed:
            return np.frombuffer(file.read(), np.uint8).reshape(shape)
    return np.memmap(path, np.uint8, "r", 4 + 4 * magic[3], tuple(shape))


def read_csv(path):
    """Comma-separated cells; a first line that is not numbers is a header."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        try:
            [float(cell) for cell in file.readline().split(",")]
            header = 0
        except ValueError:
            header = 1
    return np.loadtxt(path, np.float32, delimiter=",", skiprows=header, ndmin=2)
