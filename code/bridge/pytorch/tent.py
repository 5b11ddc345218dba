"""Two units a layer double the pieces: the chapter what-depth-buys."""

import torch
from torch import nn

# One layer of two ReLU units, and their weighted sum: a tent over [0, 1].
inner, outer = nn.Linear(1, 2), nn.Linear(2, 1, bias=False)
inner.load_state_dict({
    "weight": torch.tensor([[1.0], [1.0]]),
    "bias": torch.tensor([0.0, -0.5]),
})
outer.load_state_dict({"weight": torch.tensor([[2.0, -4.0]])})
tent = nn.Sequential(inner, nn.ReLU(), outer)

print("layers  units  pieces  slope")
for layers in [1, 2, 3, 6, 10]:
    network = nn.Sequential(*[tent] * layers)
    # A grid so fine that every piece holds four of its steps, and made of
    # powers of two, so that nothing is rounded, not even in 32 bits.
    steps = 4 << layers
    x = (torch.arange(steps + 1) / steps)[:, None]
    slopes = network(x).diff(dim=0) * steps
    kinks = (slopes[1:] != slopes[:-1]).sum().item()
    units, pieces, slope = 2 * layers, kinks + 1, int(slopes[0].item())
    print(f"{layers:6}  {units:5}  {pieces:6}  {slope:5}")
