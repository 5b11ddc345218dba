"""Two layers of slope 1 learn two things, one after the other: the chapter
linear-nets-learn-strangely."""

import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")
# Two directions of the data, of strengths 4 and 1. In each of them the two
# layers are two numbers, and their product is to become s.
s = np.array([4.0, 1.0])
u0 = 0.001  # the product at the start
w1, w2 = (
    keras.Variable(np.full(2, u0**0.5), dtype="float64") for _ in range(2)
)
lr = 0.001
optimizer = keras.optimizers.SGD(lr)
optimizer.build([w1, w2])


@tf.function
def step():
    with tf.GradientTape() as tape:
        product = w2 * w1
        loss = tf.reduce_sum((product - s) ** 2) / 2
    slopes = tape.gradient(loss, [w1.value, w2.value])
    optimizer.apply_gradients(zip(slopes, [w1, w2]))
    return product, loss  # as they were before the step


print("time   loss    s = 4  formula    s = 1  formula")
for i in range(5001):
    p, loss = step()
    if i % 500 == 0:
        t = lr * i
        # The curve of Saxe, McClelland and Ganguli.
        e = np.exp(2 * s * t)
        formula = s * e / (e - 1 + s / u0)
        print(
            f"{t:4.1f}  {loss:5.3f}   {p[0]:6.3f}   {formula[0]:6.3f}"
            f"   {p[1]:6.3f}   {formula[1]:6.3f}"
        )
