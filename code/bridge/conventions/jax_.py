"""The cells of JAX and Optax."""

import math

import jax
import optax
from jax import numpy as jnp

TYPE = jnp.zeros(1).dtype  # before the flag
jax.config.update("jax_enable_x64", True)


def steps(optimizer, gradients):
    """Where a weight that begins at 1 is after each of these gradients."""
    w = jnp.ones(1)
    state, places = optimizer.init(w), []
    for g in gradients:
        updates, state = optimizer.update(jnp.array([g]), state, w)
        w = optax.apply_updates(w, updates)
        places.append(float(w[0]))
    return places


def near(a, b):
    assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(a, b)), (a, b)


def identity():
    assert jax.nn.identity(3) == 3


def swish():
    assert jax.nn.swish(2.0) == jax.nn.silu(2.0)
    near([float(jax.nn.silu(2.0))], [2 / (1 + math.exp(-2))])


def mse():
    output, y = jnp.array([3.0, 1.0]), jnp.zeros(2)
    assert optax.squared_error(output, y).tolist() == [9, 1]
    assert optax.l2_loss(output, y).tolist() == [4.5, 0.5]


def bce():
    found = optax.sigmoid_binary_cross_entropy(jnp.array([2.0]), jnp.zeros(1))
    near(found, [math.log1p(math.e**2)])


def classes():
    loss = optax.softmax_cross_entropy_with_integer_labels
    near(loss(jnp.zeros((2, 10)), jnp.array([1, 2])), [math.log(10)] * 2)


def shapes():
    try:
        optax.squared_error(jnp.zeros((2, 1)), jnp.zeros(2))
    except (AssertionError, ValueError):
        return
    raise RuntimeError("it takes them")


def momentum():
    found = steps(optax.sgd(0.1, momentum=0.9), [1.0, 2.0])
    near(found, [0.9, 0.9 - 0.1 * (0.9 * 1 + 2)])


def rmsprop():
    g = 1e-4
    found = steps(optax.rmsprop(0.1), [g])
    near(found, [1 - 0.1 * g / math.sqrt(0.1 * g * g + 1e-8)])


def adagrad():
    g = 0.3
    found = steps(optax.adagrad(0.1), [g])
    near(found, [1 - 0.1 * g / math.sqrt(0.1 + g * g + 1e-7)])


def adam():
    g = 1e-8
    near(steps(optax.adam(0.1), [g]), [1 - 0.1 * g / (g + 1e-8)])


def adam_decay():
    try:
        optax.adam(0.1, weight_decay=0.5)
    except TypeError:
        return
    raise AssertionError("it has one now")


def adamw():
    near(steps(optax.adamw(0.1), [0.0]), [1 - 0.1 * 0.0001])


def sgd():
    try:
        optax.sgd()
    except TypeError:
        return
    raise AssertionError("it has a rate")


def gradients():
    slope = jax.grad(lambda w: 3 * w)
    assert [float(slope(1.0)) for _ in range(2)] == [3, 3]


def clipping():
    clip = optax.clip_by_global_norm(1.0)
    g = {"a": jnp.array([3.0]), "b": jnp.array([4.0])}
    clipped, _ = clip.update(g, clip.init(g))
    near([clipped["a"][0], clipped["b"][0]], [0.6, 0.8])


def leak():
    near([float(jax.nn.leaky_relu(-1.0))], [-0.01])


def gelu():
    by_tanh = (1 + math.tanh(math.sqrt(2 / math.pi) * 1.044715)) / 2
    near([float(jax.nn.gelu(1.0))], [by_tanh])


def kink():
    assert jax.grad(jax.nn.relu)(0.0) == 0


def default_type():
    assert TYPE == jnp.float32
    assert jnp.zeros(1).dtype == jnp.float64


def subnormal():
    least = jnp.float32(2.0**-149)
    assert float(least * jnp.float32(2)) == 0
