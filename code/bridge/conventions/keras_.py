"""The cells of Keras on TensorFlow."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import activations, layers, losses, optimizers

TYPE = keras.config.floatx()  # before it is set
keras.config.set_floatx("float64")


def steps(optimizer, gradients, rates=None):
    """Where a weight that begins at 1 is after each of these gradients."""
    w, places = keras.Variable(np.ones(1), dtype="float64"), []
    optimizer.build([w])
    for i, g in enumerate(gradients):
        if rates:
            optimizer.learning_rate = rates[i]
        optimizer.apply_gradients([(tf.constant([g], "float64"), w)])
        places.append(float(w[0]))
    return places


def near(a, b, rel_tol=1e-6):
    # Keras takes its constants through 32 bits.
    close = all(math.isclose(a, b, rel_tol=rel_tol) for a, b in zip(a, b))
    assert close, (a, b)


def layer():
    dense = layers.Dense(3)
    dense.build((None, 2))
    assert dense.kernel.shape == (2, 3)


def identity():
    assert activations.get("linear") is activations.get(None)
    assert activations.linear(3) == 3
    try:
        activations.get("identity")
    except ValueError:
        return
    raise AssertionError("`identity` is a name now")


def swish():
    assert activations.get("swish") is activations.get("silu")
    near([float(activations.silu(2.0))], [2 / (1 + math.exp(-2))])


def mse():
    output = np.array([[3.0, 1.0], [0.0, 0.0]])
    loss = losses.get("mse")
    assert float(np.mean(loss(np.zeros((2, 2)), output))) == 10 / 4


def bce():
    loss = losses.BinaryCrossentropy(from_logits=True)
    found = loss(np.array([[0.0]]), np.array([[2.0]]))
    near([float(found)], [math.log1p(math.e**2)])


def bce_of_probabilities():
    loss = losses.BinaryCrossentropy()(np.zeros((1, 1)), np.ones((1, 1)))
    assert 15.9 < float(loss) < 16.2


def classes():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    for y in [np.array([1, 2]), np.array([[1], [2]])]:
        near([float(loss(y, np.zeros((2, 10))))], [math.log(10)])


def shapes():
    loss = losses.MeanSquaredError()
    assert float(loss(np.array([0.0, 2.0]), np.array([[0.0], [2.0]]))) == 0


def momentum():
    sgd = optimizers.SGD(0.1, momentum=0.9)
    near(steps(sgd, [1.0, 2.0]), [0.9, 0.9 - 0.1 * (0.9 * 1 + 2)])
    sgd = optimizers.SGD(0.1, momentum=0.9)
    # The second rate leaves the first step as it was.
    found = steps(sgd, [1.0, 2.0], rates=[0.1, 0.01])
    near(found, [0.9, 0.9 - 0.9 * 0.1 * 1 - 0.01 * 2])


def rmsprop():
    g = 1e-4
    found = steps(optimizers.RMSprop(0.1), [g])
    near(found, [1 - 0.1 * g / math.sqrt(0.1 * g * g + 1e-7)])


def adagrad():
    g = 0.3
    found = steps(optimizers.Adagrad(0.1), [g])
    near(found, [1 - 0.1 * g / math.sqrt(0.1 + g * g + 1e-7)])


def adam():
    g = 1e-6
    uncorrected = math.sqrt(0.001 * g * g)
    found = steps(optimizers.Adam(0.1), [g])
    step = 0.1 * math.sqrt(0.001) / 0.1 * 0.1 * g / (uncorrected + 1e-7)
    near(found, [1 - step])


def adam_decay():
    found = steps(optimizers.Adam(0.1, weight_decay=0.5), [0.0])
    near(found, [1 - 0.1 * 0.5])


def adamw():
    near(steps(optimizers.AdamW(0.1), [0.0]), [1 - 0.1 * 0.004])


def sgd():
    near(steps(optimizers.SGD(), [1.0]), [1 - 0.01])


def gradients():
    w = tf.Variable(1.0)
    for _ in range(2):
        with tf.GradientTape() as tape:
            out = 3 * w
        assert tape.gradient(out, w) == 3


def clipping():
    for options, expected in [
        ({"clipnorm": 1.0}, [-1, -1]),
        ({"global_clipnorm": 1.0}, [-0.6, -0.8]),
    ]:
        a, b = (keras.Variable(np.zeros(1)) for _ in range(2))
        sgd = optimizers.SGD(1.0, **options)
        sgd.build([a, b])
        g = [tf.constant([3.0], "float64"), tf.constant([4.0], "float64")]
        sgd.apply_gradients(zip(g, [a, b]))
        near([float(a[0]), float(b[0])], expected)


def weights():
    dense = layers.Dense(300)
    dense.build((None, 100))
    w, bound = dense.kernel.numpy(), math.sqrt(6 / 400)
    assert 0.95 * bound < abs(w).max() <= bound
    assert abs(w.var() / (bound**2 / 3) - 1) < 0.1


def biases():
    dense = layers.Dense(300)
    dense.build((None, 100))
    assert (dense.bias.numpy() == 0).all()


def forget_gate():
    lstm = layers.LSTM(3)
    lstm.build((None, 5, 2))
    (bias,) = [w.numpy() for w in lstm.weights if w.name == "bias"]
    assert bias.tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6


def leak():
    z = np.array([-1.0])
    near(activations.leaky_relu(z).numpy(), [-0.2])
    near(layers.LeakyReLU()(z).numpy(), [-0.3])


def gelu():
    exact = (1 + math.erf(math.sqrt(0.5))) / 2
    by_tanh = (1 + math.tanh(math.sqrt(2 / math.pi) * 1.044715)) / 2
    near([float(activations.gelu(np.float64(1)))], [exact])
    near([float(keras.ops.gelu(np.float64(1)))], [by_tanh])


def kink():
    z = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        out = activations.relu(z)
    assert tape.gradient(out, z) == 0


def batch_norm():
    norm = layers.BatchNormalization()
    assert norm.epsilon == 1e-3
    norm(np.array([[1.0], [3.0]]), training=True)
    near(norm.moving_mean.numpy(), [0.01 * 2])


def kept_variance():
    norm = layers.BatchNormalization(momentum=0.0)
    norm(np.array([[1.0], [3.0]]), training=True)
    near(norm.moving_variance.numpy(), [1])


def seen_by_fit(**options):
    """The samples of each batch of an epoch."""
    seen = []

    def loss(y, output):
        seen.append([int(v) for v in y.numpy().ravel()])
        return tf.reduce_mean(output)

    net = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    net.compile("sgd", loss, run_eagerly=True)
    x = np.arange(70.0)[:, None] / 70
    net.fit(x, np.arange(70)[:, None], verbose=0, **options)
    return seen


def order():
    seen = sum(seen_by_fit(), [])
    assert sorted(seen) == list(range(70)) != seen


def batch():
    assert [len(batch) for batch in seen_by_fit()][:2] == [32, 32]


def short_batch():
    assert [len(batch) for batch in seen_by_fit()] == [32, 32, 6]


def printed():
    net = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    net.set_weights([np.array([[0.0]]), np.array([0.0])])
    net.compile(optimizers.SGD(0.25), "mse")
    x, y = np.ones((3, 1)), np.ones((3, 1))
    told = net.fit(x, y, batch_size=2, shuffle=False, verbose=0).history
    # Two samples at a loss of 1; the step makes w + b = 1 of 0.
    near(told["loss"], [(2 * 1 + 1 * 0) / 3])
    assert net.evaluate(x, y, verbose=0) == 0


def modes():
    net = keras.Sequential([keras.Input((1000,)), layers.Dropout(0.5)])
    net.compile("sgd", "mse")
    x = np.ones((1, 1000))
    assert (net.predict(x, verbose=0) == 1).all()
    assert net.evaluate(x, x, verbose=0) == 0
    assert net.fit(x, x, verbose=0).history["loss"][0] > 0


def default_type():
    assert TYPE == "float32"


def subnormal():
    least = tf.constant(np.float32(2.0**-149))
    assert float(least * 2) == 0
