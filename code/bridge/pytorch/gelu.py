"""Three functions that are all called GELU: the chapter smooth-bends."""

import torch
from torch.nn import functional as f

torch.set_default_dtype(torch.float64)
z = torch.arange(-3.0, 4.0)
exact = f.gelu(z)  # z·Φ(z)
by_tanh = f.gelu(z, approximate="tanh")
by_sigmoid = z * torch.sigmoid(1.702 * z)

print("    z     z·Φ(z)    by tanh  by sigmoid")
for row in zip(z, exact, by_tanh, by_sigmoid):
    # Adding 0.0 turns −0 into 0.
    z, a, b, c = (value.item() + 0.0 for value in row)
    print(f"{z:5.1f}  {a:9.5f}  {b:9.5f}  {c:10.5f}")
