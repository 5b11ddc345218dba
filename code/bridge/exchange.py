"""Reads a network of the book into PyTorch, compares its output, its gradient
and some updates of every optimizer, and writes what each has made of it.

    exchange.py DIR    the folder of `bridge send DIR`
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn, optim

torch.set_default_dtype(torch.float64)
UPDATES, BOUND = 5, 1e-12
RULES = {
    "sgd": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda p: optim.Adagrad(p, lr=0.1),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.01),
    "adam": lambda p: optim.Adam(p, lr=0.01),
    "adamw": lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.05),
}


def network(state):
    layers = [nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh()]
    model = nn.Sequential(*layers, nn.Linear(3, 1))
    model.load_state_dict(state)  # names and shapes must be the same
    return model


def compare(what, found, expected):
    apart = (found - expected).abs() / found.abs().maximum(expected.abs())
    apart = apart.nan_to_num().max().item()
    print(f"{what:24} {apart:.1e} apart")
    if not apart <= BOUND:
        sys.exit(f"{what}: {found} and not {expected}")


def main():
    folder = Path(sys.argv[1])
    state = load_file(folder / "network.safetensors")
    expected = load_file(folder / "expected.safetensors")
    x, y = expected["x"], expected["y"]
    model = network(state)
    compare("output", model(x), expected["output"])
    loss = nn.BCEWithLogitsLoss()
    loss(model(x), y).backward()
    for name, p in model.named_parameters():
        compare(f"gradient of {name}", p.grad, expected[f"gradient.{name}"])
    (folder / "back").mkdir(exist_ok=True)
    for rule, optimizer in RULES.items():
        model = network(state)
        optimizer = optimizer(model.parameters())
        for _ in range(UPDATES):
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
        after = model.state_dict()
        for name, p in after.items():
            compare(f"{rule}: {name}", p, expected[f"{rule}.{name}"])
        save_file(after, folder / "back" / f"{rule}.safetensors")


main()
