"""The chain rule on a 2-2-1 network, and its check: the chapter
backpropagation."""

import torch
from torch import nn
from torch.func import functional_call

torch.set_default_dtype(torch.float64)
x, y = torch.tensor([1.0, 0.5]), torch.tensor([1.0])
model = nn.Sequential(
    nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid()
)
mse = nn.MSELoss()


def loss(p):
    # A unit is a row: its two weights, then its bias.
    hidden, last = p[:6].view(2, 3), p[6:].view(1, 3)
    parameters = {
        "0.weight": hidden[:, :2], "0.bias": hidden[:, 2],
        "2.weight": last[:, :2], "2.bias": last[:, 2],
    }
    return 0.5 * mse(functional_call(model, parameters, x), y)


p = torch.tensor([0.5, -0.4, 0.1, 0.3, 0.8, -0.2, 0.7, -0.6, 0.05])
p.requires_grad_()
loss(p).backward()
print("parameter   chain rule     measured")
with torch.no_grad():
    for i, step in enumerate(1e-5 * torch.eye(9)):
        measured = (loss(p + step) - loss(p - step)) / 2e-5
        print(f"{i:9}  {p.grad[i]:11.8f}  {measured:11.8f}")
