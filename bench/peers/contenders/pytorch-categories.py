"""PyTorch trains on rows of categories: dense one-hot rows, a cross-entropy for each category."""

import json
import resource
import sys
import time

import torch
from torch import nn

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(0)

rows, batch, count, size = job["rows"], job["batch"], job["categories"], job["values"]
width = count * size
with open(job["data"], "rb") as file:
    values = torch.frombuffer(bytearray(file.read(rows * count)), dtype=torch.uint8)
values = values.reshape(rows, count).long()
x = torch.zeros(rows, width).scatter_(1, values + torch.arange(count) * size, 1.0)

net = nn.Sequential(nn.Linear(width, job["code"]), nn.Linear(job["code"], width))
adam = torch.optim.Adam(
    net.parameters(), lr=job["learningRate"], foreach=job.get("foreach", False)
)
# All categories have the same number of values: one call for all of them is the fastest way.
entropy = nn.CrossEntropyLoss()

seconds = []
for _ in range(job["epochs"]):
    start = time.perf_counter()
    order = torch.randperm(rows)
    for at in range(0, rows, batch):
        some = order[at : at + batch]
        adam.zero_grad(set_to_none=True)
        z = net(torch.index_select(x, 0, some))
        loss = entropy(z.view(-1, size), torch.index_select(values, 0, some).view(-1))
        loss.backward()
        adam.step()
    seconds.append(time.perf_counter() - start)

timed = sorted(seconds[1:])
middle = (timed[(len(timed) - 1) // 2] + timed[len(timed) // 2]) / 2
with torch.no_grad():
    check = entropy(net(x[:1000]).view(-1, size), values[:1000].view(-1)).item()
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"samplesPerSecond": rows / middle, "check": check, "megabytes": megabytes}))
