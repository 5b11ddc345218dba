"""A loss curve and its linear floor: the chapter reading-a-loss-curve."""

import keras
from keras import layers, ops
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("plateau.safetensors")
x, y = state["x"], state["y"]
bce = keras.losses.BinaryCrossentropy(from_logits=True)

line = keras.Sequential([layers.Input((2,)), layers.Dense(1)])
line.compile(optimizer=keras.optimizers.SGD(10.0), loss=bce)
for _ in range(400):
    line.train_on_batch(x, y)  # all samples are one batch
print(f"floor  {line.test_on_batch(x, y):.3f}")

model = keras.Sequential([
    layers.Input((2,)),
    layers.Dense(16, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
for layer, i in zip(model.layers, [0, 2, 4]):
    layer.set_weights([state[f"{i}.weight"].T, state[f"{i}.bias"]])
model.compile(optimizer=keras.optimizers.SGD(0.2), loss=bce)
print("epoch   loss  like the line")
for epoch in range(1001):
    if epoch in [0, 10, 50, 100, 200, 500, 1000]:
        loss = model.test_on_batch(x, y)
        alike = (model(x) > 0) == (line(x) > 0)
        percent = 100 * int(ops.sum(alike)) // len(x)
        print(f"{epoch:5}  {loss:.3f}  {percent:8} %")
    model.train_on_batch(x, y)
