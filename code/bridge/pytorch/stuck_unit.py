"""A ReLU unit that no input reaches, and what gets it out: the chapter
the-kink."""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
x = (torch.arange(50) / 49)[:, None]
mse = nn.MSELoss()

print("slope on the left   loss at 0   at 100   at 400  at 1000")
for left in [0, 0.01, 0.1, 1]:
    unit = nn.Sequential(nn.Linear(1, 1), nn.LeakyReLU(left))
    nn.init.constant_(unit[0].weight, 1.0)
    nn.init.constant_(unit[0].bias, -3.0)  # w·x + b < 0 for all x
    optimizer = torch.optim.SGD(unit.parameters(), lr=0.5)
    losses = []
    for step in range(1001):
        loss = mse(unit(x), x)  # the target is x itself
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    a, b, c, d = (losses[step] for step in [0, 100, 400, 1000])
    print(f"{left:17}    {a:7.5f}    {b:7.5f}    {c:7.5f}    {d:7.5f}")
