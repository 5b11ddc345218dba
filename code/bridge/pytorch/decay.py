"""What fifty layers leave of a gradient: the chapter products-of-slopes."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("decay.safetensors")

print("                 per layer     after 50")
for name, f, gain in [
    ("sigmoid, g = 1", nn.Sigmoid, 1.0),
    ("ReLU, g = 1", nn.ReLU, 1.0),
    ("ReLU, g = √2", nn.ReLU, 2.0**0.5),
    ("identity, g = ½", nn.Identity, 0.5),
    ("identity, g = 1", nn.Identity, 1.0),
    ("identity, g = 2", nn.Identity, 2.0),
]:
    layers = []
    for w in state["w"]:
        layer = nn.Linear(64, 64, bias=False)
        layer.load_state_dict({"weight": gain * w})
        layers += [layer, f()]
    net = nn.Sequential(*layers)
    # 32 inputs, and for each a gradient of length 1 to send back.
    x, g = state["x"].clone().requires_grad_(), state["g"]
    net(x).backward(g / g.norm())
    left = x.grad.norm().item()
    print(f"{name:15}  {left ** (1 / 50):9.3f}     {left:8.1e}")
