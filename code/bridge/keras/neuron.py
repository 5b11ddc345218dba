"""One neuron learns a straight line: the chapter one-neuron."""

import keras
import numpy as np
from keras import layers

keras.config.set_floatx("float64")

# Four examples of y = 2x + 1, which the neuron does not know.
x = np.array([[-1.0], [0.0], [1.0], [2.0]])
y = np.array([[-1.0], [1.0], [3.0], [5.0]])
neuron = keras.Sequential([
    layers.Input((1,)),
    layers.Dense(1, kernel_initializer="zeros"),  # the bias is zero anyway
])
neuron.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")

print("update    loss       w       b")
for update in range(0, 41, 10):
    loss = neuron.evaluate(x, y, verbose=0)
    w, b = neuron.get_weights()
    print(f"{update:6}  {loss:6.3f}  {w[0, 0]:6.3f}  {b[0]:6.3f}")
    neuron.fit(x, y, epochs=10, verbose=0)  # one batch, so ten updates
