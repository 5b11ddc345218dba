"""How long chains of one to five equal weights take: the chapter
how-long-depth-takes."""

import torch

torch.set_default_dtype(torch.float64)
w0, lr = 0.1, 0.01

print("layers  first product  first slope  steps to one half")
for layers in range(1, 6):
    w = torch.full((layers,), w0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr)
    steps = 0
    while True:
        product = w.prod()
        if product >= 0.5:
            break
        optimizer.zero_grad()
        (0.5 * (product - 1) ** 2).backward()
        if steps == 0:
            first, slope = product.item(), w.grad[0].item()
        optimizer.step()
        steps += 1
    print(f"{layers:6}  {first:13.5f}  {slope:11.5f}  {steps:17}")
