"""Folds three normalised branches into one matrix: the chapter
folded-on-purpose."""

import keras
import numpy as np
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("branches.safetensors")
train, x = state["train"], state["x"]

branches = []
for w in [state["w1"], state["w2"], np.eye(8)]:
    linear = keras.layers.Dense(8, use_bias=False)
    # momentum=0: the statistics of the last batch, not a running mean.
    norm = keras.layers.BatchNormalization(
        momentum=0.0, epsilon=np.float64(1e-5)
    )
    branch = keras.Sequential([linear, norm])
    branch.build((None, 8))
    linear.set_weights([w.T])
    branches.append(branch)


def total(x, training):
    return sum(branch(x, training=training) for branch in branches)


total(train, training=True)  # to see the statistics
w, b = 0, 0
for linear, norm in (branch.layers for branch in branches):
    scale = 1 / np.sqrt(norm.moving_variance + norm.epsilon)
    w = w + linear.kernel * scale
    b = b - norm.moving_mean * scale
fold = keras.layers.Dense(8)
fold.build((None, 8))
fold.set_weights([w, b])

print(f"one layer: {fold.count_params()} numbers")
# Those fixed statistics first: a call in training mode replaces them.
apart = np.abs(total(x, training=False) - fold(x)).max()
print(f"fixed statistics, largest difference: {apart:.0e}")
apart = np.abs(total(x, training=True) - fold(x)).max()
print(f"those of the batch, largest difference: {apart:.1f}")
