"""The chain rule on a 2-2-1 network, and its check: the chapter
backpropagation."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.config.set_floatx("float64")
x, y = np.array([[1.0, 0.5]]), np.array([[1.0]])
model = keras.Sequential([
    layers.Input((2,)),
    layers.Dense(2, activation="sigmoid"),
    layers.Dense(1, activation="sigmoid"),
])


def loss(p):
    # A unit is a row: its two weights, then its bias.
    hidden, last = ops.reshape(p[:6], (2, 3)), ops.reshape(p[6:], (1, 3))
    parameters = [
        ops.transpose(hidden[:, :2]), hidden[:, 2],
        ops.transpose(last[:, :2]), last[:, 2],
    ]
    a, _ = model.stateless_call(parameters, [], x)
    return 0.5 * ops.mean(keras.losses.mean_squared_error(y, a))


p = np.array([0.5, -0.4, 0.1, 0.3, 0.8, -0.2, 0.7, -0.6, 0.05])
p = keras.Variable(p)
with tf.GradientTape() as tape:
    L = loss(p)
by_rule = tape.gradient(L, p)
print("parameter   chain rule     measured")
for i, step in enumerate(1e-5 * np.eye(9)):
    measured = (loss(p + step) - loss(p - step)) / 2e-5
    print(f"{i:9}  {by_rule[i]:11.8f}  {measured:11.8f}")
