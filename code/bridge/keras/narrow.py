"""What two layers learn of a matrix through one, two and three units: the
chapter where-linear-belongs."""

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Dense
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("narrow.safetensors")
target = np.diag([5.0, 3.0, 1.0])
every = np.eye(3)  # the three inputs, of which each is a row

print("units  numbers  squared error  diagonal of the product")
for units in [1, 2, 3]:
    first, second = Dense(units, use_bias=False), Dense(3, use_bias=False)
    net = keras.Sequential([keras.Input((3,)), first, second])
    net.set_weights([state[f"{units}.{n}"].T for n in ("first", "second")])
    optimizer = keras.optimizers.SGD(0.02)
    optimizer.build(net.trainable_variables)

    @tf.function
    def train():
        for _ in tf.range(5000):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum((net(every) - target) ** 2) / 2
            slopes = tape.gradient(loss, net.trainable_variables)
            optimizer.apply_gradients(zip(slopes, net.trainable_variables))

    train()
    product = net(every).numpy()
    left = ((product - target) ** 2).sum()
    print(f"{units:5}  {net.count_params():7}  {left:13.3f}", end="  ")
    print(*(f"{d:.3f}" for d in np.diag(product)), sep="  ")
