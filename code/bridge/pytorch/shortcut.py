"""The gradient of the first layer and the last, with shortcuts and without:
the chapter shortcuts."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("shortcut.safetensors")
x, y = state["x"], state["y"]


class Residual(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.first, self.last = nn.Linear(2, 16), nn.Linear(16, 1)
        self.blocks = nn.ModuleList(nn.Linear(16, 16) for _ in range(49))
        self.f = f

    def forward(self, x):
        h = self.f(self.first(x))
        for block in self.blocks:
            h = h + self.f(block(h)) / 50**0.5
        return self.last(h)


# A hundred blocks of slope 1/2, plain and with a shortcut scaled by 1/10.
plain, shortcut = 0.5**100, (1 + 0.5 / 10) ** 100
print(f"product of 100 slopes: {plain:.1e} and {shortcut:.1e}\n")
print("50 hidden layers     first layer   last layer")
for name, f in [("sigmoid", nn.Sigmoid), ("tanh", nn.Tanh)]:
    sizes = [2] + [16] * 50 + [1]
    pairs = zip(sizes, sizes[1:])
    layers = [part for pair in pairs for part in (nn.Linear(*pair), f())]
    plain, residual = nn.Sequential(*layers[:-1]), Residual(f())
    of = {k: v for k, v in state.items() if k.startswith("plain.")}
    plain.load_state_dict({k.removeprefix("plain."): of[k] for k in of})
    rest = state.keys() - of.keys() - {"x", "y"}
    residual.load_state_dict({k: state[k] for k in rest})
    for kind, net, first, last in [
        ("plain", plain, plain[0], plain[-1]),
        ("residual", residual, residual.first, residual.last),
    ]:
        nn.MSELoss()(net(x), y).backward()
        a, b = first.weight.grad.norm(), last.weight.grad.norm()
        print(f"{name + ', ' + kind:20} {a:12.1e} {b:12.1e}")
