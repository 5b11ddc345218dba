"""Linear attention, as a sum over pairs and as a recurrence: the chapter
along-time."""

import torch
from safetensors.torch import load_file

torch.set_default_dtype(torch.float64)
state = load_file("linear_attention.safetensors")
x, *w = (state[name] for name in ["x", "w_q", "w_k", "w_v"])


def in_pairs(q, k, v):
    return (q @ k.T).tril() @ v  # no moment sees the future


def in_time(q, k, v):
    s, answers = torch.zeros(4, 4), []
    for now in range(len(q)):
        s = s + torch.outer(k[now], v[now])  # dS/dS = 1
        answers.append(q[now] @ s)
    return torch.stack(answers)


q, k, v = (x @ part for part in w)
answers = in_time(q, k, v)


def gap(a):
    return (a - answers).abs().max() / answers.abs().max()


print(f"pairs, apart by: {gap(in_pairs(q, k, v)):.0e}")
twice = in_time(q, k, 2 * v) / 2
print(f"twice the values, half the answers, apart by: {gap(twice):.0e}")
eighth = in_time(*(2 * x @ part for part in w)) / 8
print(f"twice the input, an eighth, apart by: {gap(eighth):.0e}")
