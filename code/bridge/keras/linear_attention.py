"""Linear attention, as a sum over pairs and as a recurrence: the chapter
along-time."""

import keras
import numpy as np
from keras import ops
from safetensors.numpy import load_file

keras.config.set_floatx("float64")
state = load_file("linear_attention.safetensors")
x, *w = (state[name] for name in ["x", "w_q", "w_k", "w_v"])


class Carousel(keras.layers.Layer):
    """A cell of a recurrent layer whose state has slope one."""

    state_size, output_size = 16, 4

    def call(self, qkv, states):
        q, k, v = ops.split(qkv, 3, axis=-1)
        s = ops.reshape(states[0], (-1, 4, 4))
        s = s + k[:, :, None] * v[:, None, :]  # dS/dS = 1
        answer = ops.squeeze(q[:, None, :] @ s, 1)
        return answer, [ops.reshape(s, (-1, 16))]


layer = keras.layers.RNN(Carousel(), return_sequences=True)


def in_pairs(q, k, v):
    return ops.tril(q @ k.T) @ v  # no moment sees the future


def in_time(q, k, v):
    return layer(np.concatenate([q, k, v], axis=1)[None])[0]


q, k, v = (x @ part for part in w)
answers = in_time(q, k, v)


def gap(a):
    return float(ops.max(ops.abs(a - answers)) / ops.max(ops.abs(answers)))


print(f"pairs, apart by: {gap(in_pairs(q, k, v)):.0e}")
twice = in_time(q, k, 2 * v) / np.float64(2)
print(f"twice the values, half the answers, apart by: {gap(twice):.0e}")
eighth = in_time(*(2 * x @ part for part in w)) / np.float64(8)
print(f"twice the input, an eighth, apart by: {gap(eighth):.0e}")
