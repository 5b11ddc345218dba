"""Folds three normalised branches into one matrix: the chapter
folded-on-purpose."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
state = load_file("branches.safetensors")
train, x = state["train"], state["x"]

branches = []
for w in [state["w1"], state["w2"], torch.eye(8)]:
    linear = nn.Linear(8, 8, bias=False)
    linear.load_state_dict({"weight": w})
    # momentum=None: the statistics of what was seen, not a running mean.
    branches.append(nn.Sequential(linear, nn.BatchNorm1d(8, momentum=None)))


def total(x):
    return sum(branch(x) for branch in branches)


total(train)  # in training mode, to see the statistics
n = len(train)
fold = nn.Linear(8, 8)
nn.init.zeros_(fold.weight)
nn.init.zeros_(fold.bias)
for linear, norm in branches:
    # The statistics kept are those of a sample: n − 1 in the variance.
    norm.running_var *= (n - 1) / n
    scale = 1 / (norm.running_var + norm.eps).sqrt()
    fold.weight += scale[:, None] * linear.weight
    fold.bias -= scale * norm.running_mean

count = sum(p.numel() for p in fold.parameters())
print(f"one layer: {count} numbers")
for branch in branches:
    branch.eval()
apart = (total(x) - fold(x)).abs().max()
print(f"fixed statistics, largest difference: {apart:.0e}")
for branch in branches:
    branch.train()
apart = (total(x) - fold(x)).abs().max()
print(f"those of the batch, largest difference: {apart:.1f}")
