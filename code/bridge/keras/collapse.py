"""Folds a network of slope 1 and compares: the chapter collapse."""

import keras
import numpy as np
from keras import ops
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("collapse.safetensors")
x = state["x"]


def network(f):
    units = [(64, f)] * 4 + [(10, None)]
    net = keras.Sequential([keras.layers.Dense(n, f) for n, f in units])
    net.build(x.shape)
    for i, layer in enumerate(net.layers):
        w, b = state[f"{2 * i}.weight"], state[f"{2 * i}.bias"]
        layer.set_weights([w.T, b])  # (in, out) here
    return net


def collapsed(net):
    w, b = np.eye(64), np.zeros(64)
    for layer in net.layers:
        w, b = w @ layer.kernel, b @ layer.kernel + layer.bias
    layer = keras.layers.Dense(10)
    layer.build(x.shape)
    layer.set_weights([w, b])
    return layer


deep = network("linear")
layer = collapsed(deep)
print(f"deep network: {deep.count_params()} parameters")
print(f"one layer:    {layer.count_params()} parameters")
largest = ops.max(ops.abs(deep(x) - layer(x)))
print(f"largest difference on 256 inputs: {largest:.1e}")
bent = network("relu")
if ops.max(ops.abs(bent(x) - layer(x))) > 1:
    print("with ReLU: not the same map")
