"""The two claims in thirty lines: the page thirty-lines."""

import keras
import tensorflow as tf
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("thirty.safetensors")
x, y = tf.constant(state["x"]), tf.constant(state["y"])
loss = keras.losses.BinaryCrossentropy(from_logits=True)

for name, f in [("identity", "linear"), ("tanh", "tanh")]:
    units = [(8, f), (8, f), (1, None)]
    net = keras.Sequential([keras.layers.Dense(n, g) for n, g in units])
    net.build(x.shape)
    for i, layer in enumerate(net.layers):
        w, b = state[f"{2 * i}.weight"], state[f"{2 * i}.bias"]
        layer.set_weights([w.T, b])
    print(f"f(z) = {name}\nepoch    loss  slope of the first weights")
    optimizer = keras.optimizers.SGD(0.2)

    @tf.function
    def update():
        with tf.GradientTape() as tape:
            now = loss(y, net(x))
        gradient = tape.gradient(now, net.trainable_variables)
        optimizer.apply_gradients(zip(gradient, net.trainable_variables))
        return now, tf.norm(gradient[0])

    for epoch in range(1001):
        now, slope = update()
        if epoch in [0, 10, 100, 1000]:
            print(f"{epoch:5}  {now:6.4f}  {slope:26.4f}")
    if f == "linear":
        w = net.layers[0].kernel @ net.layers[1].kernel @ net.layers[2].kernel
        b = net(tf.zeros((1, 2)))
        most = tf.reduce_max(abs(net(x) - (x @ w + b)))
        print(f"one layer of 3 numbers, apart by {most:.0e}\n")
