"""A product that is not linear: the chapter until-two-to-the-minus-149."""

import torch

least = torch.tensor(2.0**-149)  # the smallest positive float32
print("least =", least.numpy())
print("   x   x · least, in units of least")
for x in [0.2, 0.5, 0.7, 1.5, 2.5, 2.6]:
    product = torch.tensor(x) * least
    print(f"{x:4}   {product.view(torch.int32).item()}")
