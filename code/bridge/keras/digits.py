"""Odd or even? Real handwriting, with a bend and without: the chapter
digits."""

import keras
import numpy as np
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("digits.safetensors")
x, y = state["images"] / 16, state["labels"] % 2  # 1 for odd
is_test = np.arange(len(x)) // 10 % 5 == 0
train, test = (x[~is_test], y[~is_test]), (x[is_test], y[is_test])
print(
    f"{len(train[0])} images to learn from, {len(test[0])} to be judged on"
)

for name, f in [("identity", "linear"), ("tanh", "tanh"), ("relu", "relu")]:
    units = [(32, f), (32, f), (2, None)]
    net = keras.Sequential([keras.layers.Dense(n, g) for n, g in units])
    net.build(x.shape)
    for i, layer in enumerate(net.layers):
        w, b = state[f"{2 * i}.weight"], state[f"{2 * i}.bias"]
        layer.set_weights([w.T, b])
    net.compile(
        optimizer=keras.optimizers.Adam(0.002),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    for rows in state["order"]:  # an epoch each, where fit would shuffle
        net.fit(
            train[0][rows], train[1][rows], batch_size=32,
            shuffle=False, verbose=0,
        )
    guesses = net.predict(test[0], verbose=0).argmax(1)
    wrong = np.count_nonzero(guesses != test[1])
    print(f"{name:8}  {wrong:2} on the wrong side")
