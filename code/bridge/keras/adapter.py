"""A change of rank 4, stored in two thin matrices: the chapter adapters."""

from keras import ops
from safetensors.numpy import load_file

state = load_file("adapter.safetensors")
n, rank = 64, 4
print(f"parameters: {2 * n * rank} instead of {n * n}")

change, noise = state["b"] @ state["a"], state["noise"]
for name, change in [("of rank 4", change), ("of full rank", noise)]:
    # The best approximation of rank 4 (Eckart and Young) as B·A.
    u, s, vh = ops.svd(change)
    b, a = u[:, :rank] * s[:rank], vh[:rank]
    left = float(ops.norm(change - b @ a) / ops.norm(change))
    print(f"a change {name}: {left:.3f} is left of its length")
    fifth = float(s[4] / s[0])
    print(f"  its fifth singular value over its first: {fifth:.3f}")
