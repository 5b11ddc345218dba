"""The gradients of single examples, with slope 1 and without: the chapter
the-gradient-is-not-constant."""

import torch
from safetensors.torch import load_file
from torch import nn
from torch.func import functional_call, grad, jacrev, vmap

torch.set_default_dtype(torch.float64)
state = load_file("gradients.safetensors")
x, y = state.pop("x"), state.pop("y")


def spread(rows):
    mean = rows.mean(0)
    return ((rows - mean) ** 2).sum(1).mean().sqrt() / mean.norm()


print("spread over 100 examples of   the gradient   the output's slope")
for name, f in [
    ("identity", nn.Identity),
    ("tanh", nn.Tanh),
    ("relu", nn.ReLU),
]:
    sizes = [4, 8, 8, 8, 8, 2]
    pairs = zip(sizes, sizes[1:])
    layers = [part for pair in pairs for part in (nn.Linear(*pair), f())]
    net = nn.Sequential(*layers[:-1])

    def output(parameters, x):
        return functional_call(net, parameters, x)

    def loss(parameters, x, y):
        return ((output(parameters, x) - y) ** 2).mean()

    # One gradient for each example, in one call.
    by_example = vmap(grad(loss), (None, 0, 0))(state, x, y)
    gradients = torch.cat([g.flatten(1) for g in by_example.values()], 1)
    slopes = vmap(jacrev(output, 1), (None, 0))(state, x).flatten(1)
    print(f"{name:28}{spread(gradients):15.2f}{spread(slopes):21.2f}")
