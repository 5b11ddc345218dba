"""Two units a layer double the pieces: the chapter what-depth-buys."""

import keras
import numpy as np
from keras.layers import Dense

# One layer of two ReLU units, and their weighted sum: a tent over [0, 1].
tent = keras.Sequential([Dense(2, "relu"), Dense(1, use_bias=False)])
tent.build((None, 1))
tent.set_weights([
    np.array([[1.0, 1.0]]),
    np.array([0.0, -0.5]),
    np.array([[2.0], [-4.0]]),
])

print("layers  units  pieces  slope")
for layers in [1, 2, 3, 6, 10]:
    # A grid so fine that every piece holds four of its steps, and made of
    # powers of two, so that nothing is rounded, not even in 32 bits.
    steps = 4 << layers
    a = np.arange(steps + 1)[:, None] / steps
    for _ in range(layers):
        a = tent(a)
    slopes = np.diff(a, axis=0) * steps
    kinks = np.count_nonzero(slopes[1:] != slopes[:-1])
    units, pieces, slope = 2 * layers, kinks + 1, int(slopes[0, 0])
    print(f"{layers:6}  {units:5}  {pieces:6}  {slope:5}")
