"""Exclusive or, and the loss that no slope-1 network passes: the chapter
the-linear-floor."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("floor.safetensors")
x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
loss = nn.BCEWithLogitsLoss()


def train(net, lr, epochs):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    first = loss(net(x), y).item()
    for _ in range(epochs):
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()
    return first, loss(net(x), y).item()


# The loss of an affine map is convex: training finds the best one.
_, floor = train(nn.Linear(2, 1), 1.0, 1000)
print(f"the best affine map: {floor:.6f}")
for name, f, sizes, which in [
    ("identity", nn.Identity, [2, 1], "line."),
    ("identity", nn.Identity, [2, 8, 1], "shallow."),
    ("identity", nn.Identity, [2, 8, 8, 8, 1], "deep."),
    ("tanh", nn.Tanh, [2, 8, 1], "shallow."),
]:
    pairs = zip(sizes, sizes[1:])
    layers = [part for pair in pairs for part in (nn.Linear(*pair), f())]
    net = nn.Sequential(*layers[:-1])
    of = [key for key in state if key.startswith(which)]
    net.load_state_dict({key.removeprefix(which): state[key] for key in of})
    first, last = train(net, 0.1, 10_000)
    print(f"{name:10} {sizes}: from {first:.6f} to {last:.6f}")
