"""Two losses of an epoch: the chapter epochs."""

import keras
from keras import layers
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("batches.safetensors")
x, y, order = state["x"], state["y"], state["order"]
model = keras.Sequential([
    layers.Input((2,)),
    layers.Dense(16, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
for layer, i in zip(model.layers, [0, 2, 4]):
    layer.set_weights([state[f"{i}.weight"].T, state[f"{i}.bias"]])
model.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
)

print("epoch   mean over its batches   all samples")
loss = model.evaluate(x, y, verbose=0)
print(f"    0                           {loss:11.4f}")
# Each row of `order` is one epoch; shuffle=True would draw another.
for epoch, rows in enumerate(order, 1):
    history = model.fit(
        x[rows], y[rows], batch_size=32, shuffle=False, verbose=0
    )
    mean = history.history["loss"][0]
    loss = model.evaluate(x, y, verbose=0)
    print(f"{epoch:5}   {mean:21.4f}   {loss:11.4f}")
