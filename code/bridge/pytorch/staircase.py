"""Two layers of slope 1 learn two things, one after the other: the chapter
linear-nets-learn-strangely."""

import torch

torch.set_default_dtype(torch.float64)
# Two directions of the data, of strengths 4 and 1. In each of them the two
# layers are two numbers, and their product is to become s.
s = torch.tensor([4.0, 1.0])
u0 = 0.001  # the product at the start
w1 = torch.full((2,), u0**0.5, requires_grad=True)
w2 = torch.full((2,), u0**0.5, requires_grad=True)
lr = 0.001
optimizer = torch.optim.SGD([w1, w2], lr=lr)

print("time   loss    s = 4  formula    s = 1  formula")
for step in range(5001):
    product = w2 * w1
    loss = ((product - s) ** 2).sum() / 2
    if step % 500 == 0:
        t = lr * step
        # The curve of Saxe, McClelland and Ganguli.
        e = torch.exp(2 * s * t)
        formula = (s * e / (e - 1 + s / u0)).tolist()
        p = product.tolist()
        print(
            f"{t:4.1f}  {loss.item():5.3f}   {p[0]:6.3f}   {formula[0]:6.3f}"
            f"   {p[1]:6.3f}   {formula[1]:6.3f}"
        )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
