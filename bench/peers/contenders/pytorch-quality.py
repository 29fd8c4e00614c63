"""PyTorch trains until the error on the test images is low enough, timed from the start of the process."""

import json
import math
import os
import sys
import time

import torch
from torch import nn

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(0)


def images(path):
    with open(path, "rb") as file:
        pixels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
    return pixels.reshape(-1, 784).float() / 255


x, test = images(job["data"]), images(job["test"])
rows, batch = len(x), job["batch"]
net = nn.Sequential(nn.Linear(784, 64), nn.Linear(64, 784), nn.Sigmoid())
adam = torch.optim.Adam(net.parameters(), foreach=job.get("foreach", False))
mse = nn.MSELoss()

seconds, error, step = math.inf, math.nan, 0
steps = job["epochs"] * math.ceil(rows / batch)
for _ in range(job["epochs"]):
    order = torch.randperm(rows)
    for at in range(0, rows, batch):
        some = torch.index_select(x, 0, order[at : at + batch])
        rate = job["learningRate"] * 0.5 * (1 + math.cos(math.pi * step / steps))
        adam.param_groups[0]["lr"] = rate
        step += 1
        adam.zero_grad(set_to_none=True)
        loss = mse(net(some), some)
        loss.backward()
        adam.step()
    with torch.no_grad():
        error = mse(net(test), test).item()
    if error < job["target"]:
        seconds = time.time() - float(os.environ["STARTED_AT"]) / 1000
        break
print(json.dumps({"samplesPerSecond": 1 / seconds, "check": error}))
