"""Loads models of autoencoder-wasm as PyTorch modules, and saves them.

A file is a safetensors file (https://huggingface.co/docs/safetensors): the length of a header as 8
bytes, the header as JSON, the numbers. It is read and written here by hand, since Debian has no
package of the safetensors module.
"""

import json
import os
import struct
import tempfile

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {
    "relu": torch.relu,
    "leakyRelu": lambda z: F.leaky_relu(z, 0.01),
    "elu": F.elu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "silu": F.silu,
    "gelu": F.gelu,
    "linear": lambda z: z,
}


class Autoencoder(nn.Module):
    """The network in a file, with the same names of parameters.

    Takes unscaled rows x (n, width). Returns their code (n, code width), the output of the last layer
    before its activation, and the target: the rows as the model scales them, both (n, width).
    """

    def __init__(self, options, tensors):
        super().__init__()
        if options["missing"] != "error":
            raise ValueError("train.py does not train models with missing: 'mask'; fit does")
        self.options = options
        widths = options["layers"]
        back = [widths[-1], *options.get("decoderLayers", widths[-2:0:-1]), widths[0]]
        self.encoder = nn.ModuleList(nn.Linear(i, o) for i, o in zip(widths, widths[1:]))
        self.decoder = nn.ModuleList(nn.Linear(i, o) for i, o in zip(back, back[1:]))
        self.load_state_dict({name: tensors[name] for name in self.state_dict()})
        if options["tied"]:
            # The decoder uses the encoder's weights, transposed, instead of weights of its own.
            for layer in self.decoder:
                layer.weight = None
        self.is_scaled = options["scale"] != "none"
        if self.is_scaled:
            if "scaler.offset" not in tensors:
                raise ValueError("the model has not learned its columns' scale yet: fit it for an epoch, or make it with scale: 'none'")
            self.register_buffer("offset", tensors["scaler.offset"], persistent=False)
            self.register_buffer("factor", tensors["scaler.factor"], persistent=False)

    def forward(self, x):
        options = self.options
        hidden = ACTIVATIONS[options["activation"]]
        # The offset is float64, and is subtracted before anything is rounded.
        target = ((x - self.offset) / self.factor).float() if self.is_scaled else x
        h = target
        for layer in self.encoder[:-1]:
            h = hidden(layer(h))
        code = ACTIVATIONS[options["codeActivation"]](self.encoder[-1](h))
        h = code
        for i, layer in enumerate(self.decoder):
            weight = layer.weight if layer.weight is not None else self.encoder[-1 - i].weight.t()
            h = F.linear(h, weight, layer.bias)
            if i < len(self.decoder) - 1:
                h = hidden(h)
        return code, h, target


def load(path):
    """Loads the model in a file that `save` or `autoencoder-wasm train` has written."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    metadata = header.pop("__metadata__", {})
    if metadata.get("format") != "autoencoder-wasm":
        raise ValueError(f"{path} is not a model that autoencoder-wasm has written")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = "<f8" if entry["dtype"] == "F64" else "<f4"
        numbers = np.frombuffer(body[begin:end], kind).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(numbers.copy())
    return Autoencoder(json.loads(metadata["options"]), tensors)


def save(model, path):
    """Writes a file that `Autoencoder.load` reads. It is written completely or not at all."""
    tensors = dict(model.state_dict())
    if model.options["tied"]:
        for i in range(len(model.decoder)):
            tensors[f"decoder.{i}.weight"] = model.encoder[-1 - i].weight.detach().t()
    if model.is_scaled:
        tensors["scaler.offset"], tensors["scaler.factor"] = model.offset, model.factor
    options = json.dumps(model.options, separators=(",", ":"))
    header = {"__metadata__": {"format": "autoencoder-wasm", "version": "1", "options": options}}
    body = b""
    for name, tensor in sorted(tensors.items()):
        is_double = name == "scaler.offset"
        data = tensor.detach().cpu().contiguous().numpy().astype("<f8" if is_double else "<f4").tobytes()
        header[name] = {
            "dtype": "F64" if is_double else "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    folder = os.path.dirname(os.path.abspath(path))
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            file.write(struct.pack("<Q", len(text)) + text + body)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
