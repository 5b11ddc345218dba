"""What depends on what when every slope is 1: the chapter two-claims."""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
net = nn.Sequential(
    nn.Linear(1, 1, bias=False), nn.Identity(), nn.Linear(1, 1, bias=False)
)
nn.init.constant_(net[0].weight, 0.5)
nn.init.constant_(net[2].weight, -0.8)

print("   x     y   error  dL/dw1  dL/dw2   dŷ/dx")
for x, y in [(1, 1), (2, 1), (-1, 1), (2, -3), (2, -0.8), (0, 1)]:
    input = torch.tensor([float(x)], requires_grad=True)
    output = net(input)
    (slope,) = torch.autograd.grad(output, input, retain_graph=True)
    error = output - y
    net.zero_grad()
    (error**2 / 2).backward()
    # Adding 0.0 turns −0 into 0.
    error = error.item() + 0.0
    w1, w2 = net[0].weight.grad.item() + 0.0, net[2].weight.grad.item() + 0.0
    slope = slope.item()
    print(f"{x:4}  {y:4}  {error:6.2f}  {w1:6.2f}  {w2:6.2f}  {slope:6.2f}")
