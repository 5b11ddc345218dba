"""The gradient of the first layer and the last, with shortcuts and without:
the chapter shortcuts."""

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Add, Dense, Input, Rescaling
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("shortcut.safetensors")
x, y = state["x"], state["y"]
mse = keras.losses.MeanSquaredError()


def plain_network(f):
    layers = [Dense(16, f) for _ in range(50)]
    return keras.Sequential([Input((2,)), *layers, Dense(1)])


def residual_network(f):
    scale = Rescaling(np.float64(1 / 50**0.5))
    start = Input((2,))
    h = Dense(16, f)(start)
    for _ in range(49):
        h = Add()([h, scale(Dense(16, f)(h))])
    return keras.Model(start, Dense(1)(h))


names = ["first", *(f"blocks.{i}" for i in range(49)), "last"]
kinds = [
    ("plain", plain_network, [f"plain.{2 * i}" for i in range(51)]),
    ("residual", residual_network, names),
]

# A hundred blocks of slope 1/2, plain and with a shortcut scaled by 1/10.
plain, shortcut = 0.5**100, (1 + 0.5 / 10) ** 100
print(f"product of 100 slopes: {plain:.1e} and {shortcut:.1e}\n")
print("50 hidden layers     first layer   last layer")
for name in ["sigmoid", "tanh"]:
    for kind, network, parts in kinds:
        net = network(name)
        dense = [layer for layer in net.layers if isinstance(layer, Dense)]
        for layer, part in zip(dense, parts):
            w, b = state[f"{part}.weight"], state[f"{part}.bias"]
            layer.set_weights([w.T, b])
        with tf.GradientTape() as tape:
            loss = mse(y, net(x))
        ends = [dense[0].kernel, dense[-1].kernel]
        a, b = map(np.linalg.norm, tape.gradient(loss, ends))
        print(f"{name + ', ' + kind:20} {a:12.1e} {b:12.1e}")
