"""What fifty layers leave of a gradient: the chapter products-of-slopes."""

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("decay.safetensors")

print("                 per layer     after 50")
for name, f, gain in [
    ("sigmoid, g = 1", "sigmoid", 1.0),
    ("ReLU, g = 1", "relu", 1.0),
    ("ReLU, g = √2", "relu", 2.0**0.5),
    ("identity, g = ½", "linear", 0.5),
    ("identity, g = 1", "linear", 1.0),
    ("identity, g = 2", "linear", 2.0),
]:
    dense = keras.layers.Dense
    net = keras.Sequential([dense(64, f, use_bias=False) for _ in range(50)])
    net.build((None, 64))
    net.set_weights([gain * w.T for w in state["w"]])
    # 32 inputs, and for each a gradient of length 1 to send back.
    x, g = tf.constant(state["x"]), state["g"]
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = net(x)
    back = tape.gradient(output, x, g / np.linalg.norm(g))
    left = np.linalg.norm(back)
    print(f"{name:15}  {left ** (1 / 50):9.3f}     {left:8.1e}")
