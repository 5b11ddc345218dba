"""What two layers learn of a matrix through one, two and three units: the
chapter where-linear-belongs."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("narrow.safetensors")
target = torch.diag(torch.tensor([5.0, 3.0, 1.0]))
every = torch.eye(3)  # the three inputs, of which each is a row

print("units  numbers  squared error  diagonal of the product")
for units in [1, 2, 3]:
    first = nn.Linear(3, units, bias=False)
    second = nn.Linear(units, 3, bias=False)
    first.load_state_dict({"weight": state[f"{units}.first"]})
    second.load_state_dict({"weight": state[f"{units}.second"]})
    net = nn.Sequential(first, second)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
    for _ in range(5000):
        loss = ((net(every) - target) ** 2).sum() / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    product = net(every)
    left = ((product - target) ** 2).sum().item()
    numbers = sum(p.numel() for p in net.parameters())
    print(f"{units:5}  {numbers:7}  {left:13.3f}", end="  ")
    print(*(f"{d:.3f}" for d in product.diag().tolist()), sep="  ")
