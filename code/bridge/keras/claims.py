"""What depends on what when every slope is 1: the chapter two-claims."""

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Dense

keras.config.set_floatx("float64")
# No activation is given, and so each layer is linear.
net = keras.Sequential([Dense(1, use_bias=False), Dense(1, use_bias=False)])
net.build((None, 1))
net.set_weights([np.array([[0.5]]), np.array([[-0.8]])])

print("   x     y   error  dL/dw1  dL/dw2   dŷ/dx")
for x, y in [(1, 1), (2, 1), (-1, 1), (2, -3), (2, -0.8), (0, 1)]:
    input = tf.constant(np.array([[x]], float))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(input)
        output = net(input)
        error = output - np.float64(y)
        loss = error**2 / 2
    slopes = tape.gradient(loss, net.trainable_variables)
    # Adding 0.0 turns −0 into 0.
    error = error.numpy().item() + 0.0
    w1, w2 = [slope.numpy().item() + 0.0 for slope in slopes]
    slope = tape.gradient(output, input).numpy().item()
    print(f"{x:4}  {y:4}  {error:6.2f}  {w1:6.2f}  {w2:6.2f}  {slope:6.2f}")
