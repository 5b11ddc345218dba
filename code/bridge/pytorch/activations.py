"""Eight activations and their slopes: the chapter activations."""

import torch
from torch.nn import functional as f

torch.set_default_dtype(torch.float64)

print("slope at z =     -4      -1       0       1       4")
for name, activation in [
    ("identity", torch.nn.Identity()),
    ("sigmoid", torch.sigmoid),
    ("tanh", torch.tanh),
    ("relu", f.relu),
    ("leaky_relu", f.leaky_relu),
    ("silu", f.silu),
    ("gelu_erf", f.gelu),
    ("softplus", f.softplus),
]:
    z = torch.tensor([-4.0, -1.0, 0.0, 1.0, 4.0], requires_grad=True)
    activation(z).sum().backward()
    a, b, c, d, e = z.grad.tolist()
    print(f"{name:10}  {a:6.3f}  {b:6.3f}  {c:6.3f}  {d:6.3f}  {e:6.3f}")
