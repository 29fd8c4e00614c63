"""PyTorch trains in a plain loop: batches are selected by index, without a DataLoader."""

import json
import sys
import time

import torch
from torch import nn

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
# Adam's moments of dead units decay into denormals, each of which costs a hundred cycles.
torch.set_flush_denormal(True)
torch.manual_seed(0)

rows, width, batch = job["rows"], job["layers"][0], job["batch"]
with open(job["data"], "rb") as file:
    if job.get("floats"):
        x = torch.frombuffer(bytearray(file.read(4 * rows * width)), dtype=torch.float32)
        x = x.reshape(rows, width)
    else:
        pixels = torch.frombuffer(bytearray(file.read(rows * width)), dtype=torch.uint8)
        x = pixels.reshape(rows, width).float() / 255

parts = {"relu": nn.ReLU, "leakyRelu": nn.LeakyReLU, "sigmoid": nn.Sigmoid, "linear": None}
depth = len(job["layers"]) - 1
names = [job["hidden"]] * (depth - 1)
widths = job["layers"] + job["layers"][-2::-1]
layers = []
for a, b, name in zip(widths, widths[1:], [*names, job["code"], *names, job["output"]]):
    layers.append(nn.Linear(a, b))
    if parts[name]:
        layers.append(parts[name]())
net = nn.Sequential(*layers)
adam = torch.optim.Adam(
    net.parameters(),
    lr=job["learningRate"],
    weight_decay=job["weightDecay"],
    foreach=job.get("foreach", False),
)
mse = nn.MSELoss()

seconds = []
for _ in range(job["epochs"]):
    start = time.perf_counter()
    order = torch.randperm(rows)
    for at in range(0, rows, batch):
        # Faster than x[order[at:at + batch]], and than gathering the whole epoch at its start.
        some = torch.index_select(x, 0, order[at : at + batch])
        adam.zero_grad(set_to_none=True)
        loss = mse(net(some), some)
        loss.backward()
        adam.step()
    seconds.append(time.perf_counter() - start)

timed = sorted(seconds[1:])
middle = (timed[(len(timed) - 1) // 2] + timed[len(timed) // 2]) / 2
with torch.no_grad():
    some = x[:1000]
    check = mse(net(some), some).item()
print(json.dumps({"samplesPerSecond": rows / middle, "check": check}))
