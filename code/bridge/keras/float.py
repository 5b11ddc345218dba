"""A product that is not linear: the chapter until-two-to-the-minus-149."""

import numpy as np
from keras import ops

least = ops.convert_to_tensor(np.float32(2.0**-149))  # the smallest float32
print(f"least = {ops.convert_to_numpy(least)}")
print("   x   x · least, in units of least")
for x in [0.2, 0.5, 0.7, 1.5, 2.5, 2.6]:
    product = ops.convert_to_tensor(np.float32(x)) * least
    units = int(ops.convert_to_numpy(product).view(np.int32))
    print(f"{x:4}   {units}")
