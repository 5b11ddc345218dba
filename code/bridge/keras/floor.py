"""Exclusive or, and the loss that no slope-1 network passes: the chapter
the-linear-floor."""

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("floor.safetensors")
x = tf.constant(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
y = tf.constant(np.array([[0.0], [1.0], [1.0], [0.0]]))
loss = keras.losses.BinaryCrossentropy(from_logits=True)


def train(net, lr, epochs):
    optimizer = keras.optimizers.SGD(lr)
    optimizer.build(net.trainable_variables)

    @tf.function
    def run():
        for _ in tf.range(epochs):
            with tf.GradientTape() as tape:
                now = loss(y, net(x))
            slopes = tape.gradient(now, net.trainable_variables)
            optimizer.apply_gradients(zip(slopes, net.trainable_variables))

    first = float(loss(y, net(x)))
    run()
    return first, float(loss(y, net(x)))


def network(sizes, f):
    *hidden, last = sizes[1:]
    layers = [keras.layers.Dense(units, f) for units in hidden]
    net = keras.Sequential([*layers, keras.layers.Dense(last)])
    net.build(x.shape)
    return net


# The loss of an affine map is convex: training finds the best one.
_, floor = train(network([2, 1], None), 1.0, 1000)
print(f"the best affine map: {floor:.6f}")
for name, f, sizes, which in [
    ("identity", "linear", [2, 1], "line"),
    ("identity", "linear", [2, 8, 1], "shallow"),
    ("identity", "linear", [2, 8, 8, 8, 1], "deep"),
    ("tanh", "tanh", [2, 8, 1], "shallow"),
]:
    net = network(sizes, f)
    for i, layer in enumerate(net.layers):
        w, b = (state[f"{which}.{2 * i}.{p}"] for p in ("weight", "bias"))
        layer.set_weights([w.T, b])
    first, last = train(net, 0.1, 10_000)
    print(f"{name:10} {sizes}: from {first:.6f} to {last:.6f}")
