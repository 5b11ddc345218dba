"""The gradients of single examples, with slope 1 and without: the chapter
the-gradient-is-not-constant."""

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("gradients.safetensors")
x, y = tf.constant(state["x"]), tf.constant(state["y"])


def spread(rows):
    mean = rows.mean(0)
    return np.sqrt(((rows - mean) ** 2).sum(1).mean()) / np.linalg.norm(mean)


def rows(parts):
    return np.concatenate([tf.reshape(p, (100, -1)) for p in parts], 1)


print("spread over 100 examples of   the gradient   the output's slope")
for name, f in [("identity", "linear"), ("tanh", "tanh"), ("relu", "relu")]:
    layers = [keras.layers.Dense(8, f) for _ in range(4)]
    net = keras.Sequential([*layers, keras.layers.Dense(2)])
    net.build(x.shape)
    for i, layer in enumerate(net.layers):
        w, b = state[f"{2 * i}.weight"], state[f"{2 * i}.bias"]
        layer.set_weights([w.T, b])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        output = net(x)
        # One loss for each example; `mean` over all would give one gradient.
        losses = tf.reduce_mean((output - y) ** 2, axis=1)
    gradients = rows(tape.jacobian(losses, net.trainable_variables))
    slopes = rows([tape.batch_jacobian(output, x)])
    print(f"{name:28}{spread(gradients):15.2f}{spread(slopes):21.2f}")
