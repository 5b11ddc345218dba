"""Folds a network of slope 1 and compares: the chapter collapse."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
state = load_file("collapse.safetensors")
x = state.pop("x")


def network(f):
    sizes = [(64, 64)] * 4 + [(64, 10)]
    layers = [part for size in sizes for part in (nn.Linear(*size), f())]
    net = nn.Sequential(*layers[:-1])
    net.load_state_dict(state)
    return net


def collapsed(net):
    w, b = torch.eye(64), torch.zeros(64)
    for layer in net:
        if isinstance(layer, nn.Linear):
            w, b = layer.weight @ w, layer.weight @ b + layer.bias
    layer = nn.Linear(64, 10)
    layer.load_state_dict({"weight": w, "bias": b})
    return layer


def parameters(net):
    return sum(p.numel() for p in net.parameters())


deep = network(nn.Identity)
layer = collapsed(deep)
print(f"deep network: {parameters(deep)} parameters")
print(f"one layer:    {parameters(layer)} parameters")
largest = (deep(x) - layer(x)).abs().max()
print(f"largest difference on 256 inputs: {largest:.1e}")
bent = network(nn.ReLU)
if (bent(x) - layer(x)).abs().max() > 1:
    print("with ReLU: not the same map")
