"""Four rules in one valley: the chapter valleys."""

import torch
from torch.optim import SGD, Adam

torch.set_default_dtype(torch.float64)
curvature = torch.tensor([100.0, 1.0])


def steps(rule, **settings):
    """Steps until both weights are within a hundredth of the minimum."""
    w = torch.ones(2, requires_grad=True)
    optimizer = rule([w], **settings)
    for step in range(10_000):
        if (w.abs() <= 0.01).all():
            return step
        optimizer.zero_grad()
        loss = 0.5 * (curvature * w**2).sum()
        loss.backward()
        optimizer.step()


rules = {
    "gradient descent, lr = 0.01": steps(SGD, lr=0.01),
    "gradient descent, lr = 2/101": steps(SGD, lr=2 / 101),
    "momentum of 0.9, lr = 0.01": steps(SGD, lr=0.01, momentum=0.9),
    "Adam, lr = 0.001": steps(Adam, lr=0.001),
    "Adam, lr = 0.1": steps(Adam, lr=0.1),
}
for name, count in rules.items():
    print(f"{name:28}  {count:4} steps")
