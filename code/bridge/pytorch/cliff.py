"""Gradient descent on both sides of the cliff: the chapter descent."""

import torch

torch.set_default_dtype(torch.float64)
curvature = torch.tensor([4.0, 1.0])

print("   lr   after 10   after 100")  # the cliff is at 2/4
for lr in [0.01, 0.1, 0.4, 0.49, 0.5, 0.51]:
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr)
    losses = []
    for _ in range(101):
        loss = 0.5 * (curvature * w**2).sum()
        losses.append(loss.item())  # the loss before this step
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{lr:5.2f}  {losses[10]:9.2e}  {losses[100]:10.2e}")
