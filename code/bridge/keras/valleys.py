"""Four rules in one valley: the chapter valleys."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from keras.optimizers import SGD, Adam

keras.config.set_floatx("float64")
curvature = np.array([100.0, 1.0])


def steps(optimizer):
    """Steps until both weights are within a hundredth of the minimum."""
    w = keras.Variable(np.ones(2))
    for step in range(10_000):
        if ops.all(ops.abs(w) <= 0.01):
            return step
        with tf.GradientTape() as tape:
            loss = 0.5 * ops.sum(curvature * w**2)
        optimizer.apply([tape.gradient(loss, w)], [w])


rules = {
    "gradient descent, lr = 0.01": SGD(0.01),
    "gradient descent, lr = 2/101": SGD(2 / 101),
    "momentum of 0.9, lr = 0.01": SGD(0.01, momentum=0.9),
    "Adam, lr = 0.001": Adam(0.001),
    "Adam, lr = 0.1": Adam(0.1),
}
for name, rule in rules.items():
    print(f"{name:28}  {steps(rule):4} steps")
