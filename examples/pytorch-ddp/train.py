"""Trains a model of autoencoder-wasm on many machines: PyTorch's DistributedDataParallel on gloo.

    torchrun --nproc_per_node 2 train.py digits.npy -m fresh.safetensors -o trained.safetensors

The options are those of `fit`, with the same names and defaults, except that --batch-size is per
process: a step takes this many rows from every process. README.md has the details.
"""

import argparse
import json
import math
import sys
import time
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from model import ACTIVATIONS, load, save
from rows import Rows


def above(low, high=math.inf, include=False):
    """Parses a number from `low` to `high`; `include` tells whether it may be equal to `low`."""

    def read(text):
        value = float(text)
        if (value > low or (include and value == low)) and value <= high:
            return value
        raise argparse.ArgumentTypeError(f"must be above {low} and at most {high}, got {text}")

    return read


def count(text):
    value = int(text)
    if value >= 1:
        return value
    raise argparse.ArgumentTypeError(f"must be an integer from 1, got {text}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    add = parser.add_argument
    add("data", help="rows: NPY, IDX or CSV, seen by every process under this name")
    add("-m", "--model", required=True, help="the model to begin with, from save or autoencoder-wasm train")
    add("-o", "--output", required=True, help="where the trained model goes, after each epoch")
    add("--epochs", type=count, default=20)
    add("--batch-size", type=count, default=64, help="rows a step of each process (default: 64)")
    add("--optimizer", choices=["adam", "adamw", "sgd"], default="adam")
    add("--learning-rate", type=above(0, 1000), help="default: 0.002, of sgd 0.1")
    add("--schedule", choices=["cosine", "constant", "step"], default="cosine")
    add("--warmup", type=above(0, include=True), default=0.0, help="epochs over which the rate first rises")
    add("--step-every", type=count, default=10)
    add("--step-factor", type=above(0, 1), default=0.1)
    add("--weight-decay", type=above(0, 1, include=True), default=0.0)
    add("--beta1", type=above(0, 1, include=True), default=0.9)
    add("--beta2", type=above(0, 1, include=True), default=0.999)
    add("--epsilon", type=above(0, 1), default=1e-8)
    add("--momentum", type=above(0, 1, include=True), default=0.9)
    add("--clip-norm", type=above(0))
    add("--loss", choices=["mse", "bce", "mae", "huber", "logcosh"], default="mse")
    add("--huber-delta", type=above(0), default=1.0)
    add("--sparsity", choices=["l1", "kl"])
    add("--sparsity-weight", type=above(0, 1000))
    add("--sparsity-target", type=above(0, 1), default=0.05)
    add("--validation-data", help="rows to validate on after each epoch")
    add("--no-shuffle", action="store_true", help="the same order of the rows every epoch")
    add("--seed", type=int, default=0, help="of the order of the rows (default: 0)")
    add("--losses", help="a file for the loss of every step, a number a line")
    add("--timeout", type=count, default=1800, help="seconds to wait for other processes (default: 1800)")
    args = parser.parse_args()
    if args.sparsity and args.sparsity_weight is None:
        parser.error("--sparsity needs a --sparsity-weight")
    if args.learning_rate is None:
        args.learning_rate = 0.1 if args.optimizer == "sgd" else 0.002
    return args


def learning_rate_at(args, step, steps, epoch_steps):
    """The learning rate of step `step`, from 0, of `steps` steps, as in src/training/schedule.ts."""
    base, rising = args.learning_rate, args.warmup * epoch_steps
    if step < rising:
        return base * min(1, (step + 1) / rising)
    if args.schedule == "cosine":
        return base * (1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2
    if args.schedule == "step":
        return base * args.step_factor ** (step // (args.step_every * epoch_steps))
    return base


def optimizer_of(args, parameters):
    rate, decay = args.learning_rate, args.weight_decay
    if args.optimizer == "sgd":
        return torch.optim.SGD(parameters, rate, args.momentum, weight_decay=decay)
    kind = torch.optim.AdamW if args.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, rate, (args.beta1, args.beta2), args.epsilon, decay)


def loss_sum(args, activation, z, target):
    """The sum of the loss over all elements of z (n, width), the last layer before its activation."""
    if args.loss == "bce":
        if len(target) and (target.min() < 0 or target.max() > 1):
            raise ValueError("--loss bce needs rows in [0, 1]")
        return F.binary_cross_entropy_with_logits(z, target, reduction="sum")
    y = ACTIVATIONS[activation](z)
    if args.loss == "mae":
        return F.l1_loss(y, target, reduction="sum")
    if args.loss == "huber":
        return F.huber_loss(y, target, reduction="sum", delta=args.huber_delta)
    if args.loss == "logcosh":
        size = (y - target).abs()
        return (size + F.softplus(-2 * size) - math.log(2)).sum()
    return F.mse_loss(y, target, reduction="sum")


def penalty(args, code, rows):
    """This process's part of the penalty on the code of a step's `rows` rows; the sum over processes is the penalty."""
    if args.sparsity == "l1":
        return args.sparsity_weight * code.abs().sum() / rows
    # The penalty is on the mean over all processes. Each has the slope at that mean, times its own part of it.
    share = code.sum(0) / rows
    mean = share.detach().clone()
    dist.all_reduce(mean)
    mean.clamp_(1e-6, 1 - 1e-6)
    target = args.sparsity_target
    slope = (1 - target) / (1 - mean) - target / mean
    return args.sparsity_weight * (slope * share).sum()


def evaluate(args, model, data, rank, world):
    """The loss per element over all rows, of which each process evaluates a part."""
    total = torch.zeros(1, dtype=torch.float64)
    with torch.no_grad():
        for begin in range(rank * 4096, data.rows, world * 4096):
            x = data.take(range(begin, min(begin + 4096, data.rows)))
            _, z, target = model(torch.from_numpy(x))
            total += loss_sum(args, model.options["outputActivation"], z, target).double()
    dist.all_reduce(total)
    return total.item() / (data.rows * data.width)


def train(args, rank, world):
    model = load(args.model)
    data = Rows(args.data)
    validation = Rows(args.validation_data) if args.validation_data else None
    for found in filter(None, [data, validation]):
        if found.width != model.options["layers"][0]:
            raise ValueError(f"{found.path} has {found.width} columns, and the model takes {model.options['layers'][0]}")
    if args.loss == "bce" and model.options["outputActivation"] != "sigmoid":
        raise ValueError("--loss bce goes with a sigmoid output only")
    parallel = DistributedDataParallel(model)
    optimizer = optimizer_of(args, model.parameters())
    batch = args.batch_size * world
    epoch_steps = -(-data.rows // batch)
    steps = args.epochs * epoch_steps
    shuffle = torch.Generator().manual_seed(args.seed)
    written = open(args.losses, "w") if args.losses and rank == 0 else None
    for epoch in range(args.epochs):
        begin = time.perf_counter()
        # Every process draws the same order, since the seeds are the same.
        order = torch.arange(data.rows) if args.no_shuffle else torch.randperm(data.rows, generator=shuffle)
        sums = torch.zeros(epoch_steps, dtype=torch.float64)
        sizes = torch.zeros(epoch_steps, dtype=torch.float64)
        for i in range(epoch_steps):
            step_rows = order[i * batch : (i + 1) * batch]
            rows = len(step_rows)
            # The last step of an epoch may have fewer rows; a process may even have none of them.
            mine = step_rows.tensor_split(world)[rank] if rows < batch else step_rows[rank * args.batch_size :][: args.batch_size]
            x = torch.from_numpy(data.take(mine.numpy()))
            for group in optimizer.param_groups:
                group["lr"] = learning_rate_at(args, epoch * epoch_steps + i, steps, epoch_steps)
            code, z, target = parallel(x)
            total = loss_sum(args, model.options["outputActivation"], z, target)
            loss = total / (rows * data.width)
            if args.sparsity:
                loss = loss + penalty(args, code, rows)
            optimizer.zero_grad()
            # DDP takes the mean over processes, but the loss is their sum.
            (loss * world).backward()
            if args.clip_norm:
                torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip_norm)
            optimizer.step()
            sums[i] = total.detach().double()
            sizes[i] = rows * data.width
        dist.all_reduce(sums)
        seconds = time.perf_counter() - begin
        losses = sums / sizes
        if not torch.isfinite(losses).all():
            raise ValueError(f"training diverged in epoch {epoch + 1}; a smaller --learning-rate may help")
        record = {"epoch": epoch + 1, "loss": (sums.sum() / sizes.sum()).item()}
        if validation:
            record["validationLoss"] = evaluate(args, model, validation, rank, world)
        record.update(seconds=seconds, samplesPerSecond=data.rows / seconds)
        if rank == 0:
            save(model, args.output)
            print(json.dumps(record), flush=True)
        if written:
            written.writelines(f"{value!r}\n" for value in losses.tolist())
            written.flush()


def main():
    args = arguments()
    # The moments of dead units decay into denormals, with which processors are slow.
    torch.set_flush_denormal(True)
    dist.init_process_group("gloo", timeout=timedelta(seconds=args.timeout))
    try:
        train(args, dist.get_rank(), dist.get_world_size())
    except (OSError, ValueError) as error:
        print(f"train.py: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
