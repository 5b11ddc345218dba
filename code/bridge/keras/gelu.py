"""Three functions that are all called GELU: the chapter smooth-bends."""

import numpy as np
from keras.activations import gelu, sigmoid

z = np.arange(-3.0, 4.0)
exact = gelu(z, approximate=False)  # z·Φ(z), and what it does by default
by_tanh = gelu(z, approximate=True)
by_sigmoid = z * sigmoid(1.702 * z)

print("    z     z·Φ(z)    by tanh  by sigmoid")
for row in zip(z, exact, by_tanh, by_sigmoid):
    # Adding 0.0 turns −0 into 0.
    z, a, b, c = (float(value) + 0.0 for value in row)
    print(f"{z:5.1f}  {a:9.5f}  {b:9.5f}  {c:10.5f}")
