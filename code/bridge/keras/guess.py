"""A table with a hole, fitted by one matrix and by a product of two and of
three: the chapter what-depth-prefers."""

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
first = load_file("guess.safetensors")["w"]
# The last entry is not shown, whatever stands there.
table = np.array([[1.0, 2.0], [2.0, 0.0]])
shown = np.array([[1.0, 1.0], [1.0, 0.0]])

print("matrices  what is shown        the hole")
for depth in [1, 2, 3]:
    layers = [keras.layers.Dense(2, use_bias=False) for _ in range(depth)]
    net = keras.Sequential([keras.Input((2,)), *layers])
    net.set_weights([w.T for w in first[:depth]])
    optimizer = keras.optimizers.SGD(0.01)
    optimizer.build(net.trainable_variables)

    @tf.function
    def train():
        for _ in tf.range(20_000):
            with tf.GradientTape() as tape:
                # The identity's rows are sent through: what comes out is
                # transposed.
                error = shown * (tf.transpose(net(np.eye(2))) - table)
                loss = tf.reduce_sum(error**2) / 2
            slopes = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(slopes, net.trainable_variables))

    train()
    (a, b), (c, hole) = net(np.eye(2)).numpy().T
    print(f"{depth:8}  {a:.3f}  {b:.3f}  {c:.3f}  {hole:9.3f}")
