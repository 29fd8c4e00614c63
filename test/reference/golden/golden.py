# Writes deep.json and mnist.json, what test/everywhere/training/golden.test.ts compares this library with.
# Run with Debian's python3-torch, from anywhere: /usr/bin/python3 test/reference/golden/golden.py
#
# The reference is PyTorch in float64, from float32 weights and inputs, so what a float32 program
# may differ by is its own rounding. The same run in PyTorch's float32 tells how much that is for
# numbers that no bound can be derived for, those after several steps of Adam ("rounding").

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
STEPS = 10
ACTIVATIONS = {"relu": torch.relu, "leakyRelu": F.leaky_relu, "sigmoid": torch.sigmoid}


class Lcg:
    """Numerical Recipes' generator; test/everywhere/training/golden.test.ts has the same."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state

    def signed(self):
        """A multiple of 2^-23 in [-1, 1)."""
        return (self.next() >> 8) / 2**23 - 1


def name_of(layer, depth):
    return f"encoder.{layer}" if layer < depth else f"decoder.{layer - depth}"


def draw_parameters(widths, seed):
    """Uniform in +-2^-round(log2(sqrt(inputs))): near PyTorch's own bound, and exact in float32."""
    lcg = Lcg(seed)
    parameters = {}
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        bound = 2.0 ** -round(torch.tensor(float(inputs)).sqrt().log2().item())
        weight = [lcg.signed() * bound for _ in range(outputs * inputs)]
        bias = [lcg.signed() * bound for _ in range(outputs)]
        name = name_of(i, len(widths) // 2)
        parameters[f"{name}.weight"] = torch.tensor(weight).reshape(outputs, inputs)
        parameters[f"{name}.bias"] = torch.tensor(bias)
    return parameters


def train(initial, x, batch, hidden, output, loss, weight_decay, dtype):
    """Ten steps over ten batches: the first one's gradients, the losses, the final parameters."""
    parameters = {k: v.to(dtype).clone().requires_grad_() for k, v in initial.items()}
    names = list(dict.fromkeys(k.rsplit(".", 1)[0] for k in parameters))
    optimizer = torch.optim.Adam(parameters.values(), lr=0.002, weight_decay=weight_decay)
    losses, gradients = [], None
    for step in range(STEPS):
        target = x[step * batch : (step + 1) * batch].to(dtype)
        z = target
        for i, name in enumerate(names):
            h = z if i == 0 else ACTIVATIONS[hidden](z)
            z = F.linear(h, parameters[f"{name}.weight"], parameters[f"{name}.bias"])
        if loss == "bce":
            value = F.binary_cross_entropy_with_logits(z, target)
        else:
            value = F.mse_loss(ACTIVATIONS[output](z), target)
        optimizer.zero_grad()
        value.backward()
        if gradients is None:
            gradients = {k: v.grad.clone() for k, v in parameters.items()}
        optimizer.step()
        losses.append(value.detach())
    return gradients, torch.stack(losses), {k: v.detach() for k, v in parameters.items()}


def both(*arguments):
    """The float64 run, and by how much PyTorch's float32 run is off after the first step."""
    gradients, losses, final = train(*arguments, torch.float64)
    _, losses32, final32 = train(*arguments, torch.float32)
    off = lambda a, b: rounded((a.double() - b).abs().max())
    rounding = {"losses": off(losses32, losses)}
    rounding["parameters"] = {k: off(final32[k], final[k]) for k in final}
    return gradients, losses, final, rounding


def rounded(values):
    """Ten digits are more than float32 can tell apart."""
    if values.dim() == 0:
        return float(f"{values.item():.10g}")
    return [float(f"{v:.10g}") for v in values.flatten().tolist()]


def exactly(values):
    """Nine digits give a float32 back."""
    return [float(f"{v:.9g}") for v in values.flatten().tolist()]


def each(tensors, write):
    return {k: write(v) for k, v in tensors.items()}


def write(name, golden):
    # One line a tensor or list, so that a difference can be read.
    (HERE / name).write_text(lines(golden) + "\n")


def lines(value, indent=""):
    if not isinstance(value, dict):
        return json.dumps(value)
    inner = indent + " "
    items = [f"{inner}{json.dumps(k)}: {lines(v, inner)}" for k, v in value.items()]
    return "{\n" + ",\n".join(items) + "\n" + indent + "}"


def deep():
    torch.manual_seed(0)
    widths, batch = [7, 6, 3, 6, 7], 8
    initial = {}
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layer = nn.Linear(inputs, outputs)
        initial[f"{name_of(i, 2)}.weight"] = layer.weight.detach()
        initial[f"{name_of(i, 2)}.bias"] = layer.bias.detach()
    x = torch.rand(STEPS * batch, widths[0])
    golden = {
        "layers": widths[:3],
        "activation": "leakyRelu",
        "outputActivation": "sigmoid",
        "batchSize": batch,
        "initial": each(initial, exactly),
        "x": exactly(x),
        "runs": {},
    }
    for loss in ["mse", "bce"]:
        gradients, losses, final, rounding = both(
            initial, x, batch, "leakyRelu", "sigmoid", loss, 0
        )
        golden["runs"][loss] = {
            "gradients": each(gradients, rounded),
            "losses": rounded(losses),
            "final": each(final, rounded),
            "rounding": rounding,
        }
    write("deep.json", golden)


def digest(tensor):
    """At most 500 of a tensor's numbers, its sum and its length."""
    flat = tensor.flatten()
    count = min(500, flat.numel())
    at = [i * 7919 % flat.numel() for i in range(count)]
    return {"sum": rounded(flat.sum()), "norm": rounded(flat.norm()), "sample": rounded(flat[at])}


def mnist():
    """The paper's network, on bytes that are as sparse as MNIST's: 49 of 256 draws are not zero."""
    batch = 64
    initial = draw_parameters([784, 64, 784], 1)
    lcg = Lcg(2)
    pixels = [lcg.next() >> 24 if lcg.next() >> 24 < 49 else 0 for _ in range(STEPS * batch * 784)]
    x = (torch.tensor(pixels, dtype=torch.float32) / 255).reshape(-1, 784)
    gradients, losses, _, rounding = both(initial, x, batch, "relu", "relu", "mse", 1e-5)
    write(
        "mnist.json",
        {
            "layers": [784, 64],
            "activation": "relu",
            "outputActivation": "relu",
            "batchSize": batch,
            "weightDecay": 1e-5,
            "parameterSeed": 1,
            "pixelSeed": 2,
            "gradients": each(gradients, digest),
            "losses": rounded(losses),
            "rounding": {"losses": rounding["losses"]},
        },
    )


torch.set_num_threads(1)
deep()
mnist()
