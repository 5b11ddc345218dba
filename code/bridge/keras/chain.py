"""How long chains of one to five equal weights take: the chapter
how-long-depth-takes."""

import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")
w0, lr = 0.1, 0.01

print("layers  first product  first slope  steps to one half")
for layers in range(1, 6):
    w = keras.Variable(np.full(layers, w0), dtype="float64")
    optimizer = keras.optimizers.SGD(lr)
    optimizer.build([w])

    def slope():
        with tf.GradientTape() as tape:
            product = keras.ops.prod(w)
            loss = (product - 1) ** 2 / 2
        return product, tape.gradient(loss, w.value)

    @tf.function
    def steps_to_one_half():
        steps = 0
        while keras.ops.prod(w) < 0.5:
            _, dw = slope()
            optimizer.apply_gradients([(dw, w)])
            steps += 1
        return steps

    first, dw = slope()
    steps = int(steps_to_one_half())
    print(f"{layers:6}  {first:13.5f}  {dw[0]:11.5f}  {steps:17}")
