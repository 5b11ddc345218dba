"""A ReLU unit that no input reaches, and what gets it out: the chapter
the-kink."""

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Dense, LeakyReLU

keras.config.set_floatx("float64")
x = np.arange(50)[:, None] / 49
mse = keras.losses.MeanSquaredError()

print("slope on the left   loss at 0   at 100   at 400  at 1000")
for left in [0, 0.01, 0.1, 1]:
    leaky = LeakyReLU(negative_slope=np.float64(left))
    unit = keras.Sequential([keras.Input((1,)), Dense(1), leaky])
    unit.set_weights([np.array([[1.0]]), np.array([-3.0])])
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build(unit.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = mse(x, unit(x))  # the target is x itself
        slopes = tape.gradient(loss, unit.trainable_variables)
        optimizer.apply_gradients(zip(slopes, unit.trainable_variables))
        return loss

    losses = [float(step()) for _ in range(1001)]
    a, b, c, d = (losses[i] for i in [0, 100, 400, 1000])
    print(f"{left:17}    {a:7.5f}    {b:7.5f}    {c:7.5f}    {d:7.5f}")
