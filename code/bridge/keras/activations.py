"""Eight activations and their slopes: the chapter activations."""

import numpy as np
import tensorflow as tf
from keras import activations

print("slope at z =     -4      -1       0       1       4")
for name, activation in [
    ("identity", activations.linear),
    ("sigmoid", activations.sigmoid),
    ("tanh", activations.tanh),
    ("relu", activations.relu),
    ("leaky_relu", lambda z: activations.leaky_relu(z, negative_slope=0.01)),
    ("silu", activations.silu),
    ("gelu_erf", activations.gelu),
    ("softplus", activations.softplus),
]:
    z = tf.constant(np.array([-4.0, -1.0, 0.0, 1.0, 4.0]))
    with tf.GradientTape() as tape:
        tape.watch(z)
        out = activation(z)
    a, b, c, d, e = tape.gradient(out, z).numpy()
    print(f"{name:10}  {a:6.3f}  {b:6.3f}  {c:6.3f}  {d:6.3f}  {e:6.3f}")
