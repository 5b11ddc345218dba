"""Gradient descent on both sides of the cliff: the chapter descent."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

keras.config.set_floatx("float64")
curvature = np.array([4.0, 1.0])

print("   lr   after 10   after 100")  # the cliff is at 2/4
for lr in [0.01, 0.1, 0.4, 0.49, 0.5, 0.51]:
    w = keras.Variable(np.ones(2))
    optimizer = keras.optimizers.SGD(lr)
    losses = []
    for _ in range(101):
        with tf.GradientTape() as tape:
            loss = 0.5 * ops.sum(curvature * w**2)
        losses.append(float(loss))  # the loss before this step
        optimizer.apply([tape.gradient(loss, w)], [w])
    print(f"{lr:5.2f}  {losses[10]:9.2e}  {losses[100]:10.2e}")
