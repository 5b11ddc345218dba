"""The two claims in thirty lines: the page thirty-lines."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("thirty.safetensors")
x, y = state.pop("x"), state.pop("y")
loss = nn.BCEWithLogitsLoss()

for name, f in [("identity", nn.Identity), ("tanh", nn.Tanh)]:
    net = nn.Sequential(
        nn.Linear(2, 8), f(), nn.Linear(8, 8), f(), nn.Linear(8, 1)
    )
    net.load_state_dict(state)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
    print(f"f(z) = {name}\nepoch    loss  slope of the first weights")
    for epoch in range(1001):
        optimizer.zero_grad()
        now = loss(net(x), y)
        now.backward()
        if epoch in [0, 10, 100, 1000]:
            slope = net[0].weight.grad.norm()
            print(f"{epoch:5}  {now:6.4f}  {slope:26.4f}")
        if epoch < 1000:
            optimizer.step()
    if f is nn.Identity:
        with torch.no_grad():
            w = net[4].weight @ net[2].weight @ net[0].weight
            b = net(torch.zeros(1, 2))
            most = (net(x) - (x @ w.T + b)).abs().max()
        numbers = w.numel() + b.numel()
        print(f"one layer of {numbers} numbers, apart by {most:.0e}\n")
