"""The cells of PyTorch."""

import math
import warnings

import torch
from torch import nn, optim
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def steps(optimizer, gradients, **options):
    """Where a weight that begins at 1 is after each of these gradients."""
    w = torch.ones(1, requires_grad=True)
    rule, places = optimizer([w], **options), []
    for g in gradients:
        w.grad = torch.tensor([g])
        rule.step()
        places.append(w.item())
    return places


def near(a, b):
    assert all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(a, b)), (a, b)


def layer():
    assert nn.Linear(2, 3).weight.shape == (3, 2)


def identity():
    z = torch.tensor([-2.0, 3.0])
    assert nn.Identity()(z) is z


def swish():
    z = torch.tensor([-2.0, 3.0])
    assert torch.allclose(F.silu(z), z * torch.sigmoid(z))


def mse():
    output = torch.tensor([[3.0, 1.0], [0.0, 0.0]])
    assert nn.MSELoss()(output, torch.zeros(2, 2)).item() == 10 / 4


def bce():
    output, y = torch.tensor([[2.0]]), torch.tensor([[0.0]])
    near([nn.BCEWithLogitsLoss()(output, y).item()], [math.log1p(math.e**2)])


def bce_of_probabilities():
    assert nn.BCELoss()(torch.ones(1), torch.zeros(1)).item() == 100


def classes():
    loss, logits = nn.CrossEntropyLoss(), torch.zeros(2, 10)
    for dtype in [torch.int64, torch.uint8]:
        y = torch.tensor([1, 2], dtype=dtype)
        near([loss(logits, y).item()], [math.log(10)])
    for y in [torch.tensor([[1], [2]]), torch.tensor([1, 2]).int()]:
        try:
            loss(logits, y)
        except (RuntimeError, ValueError):
            continue
        raise AssertionError(y)


def shapes():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        output, y = torch.tensor([[0.0], [2.0]]), torch.tensor([0.0, 2.0])
        assert nn.MSELoss()(output, y).item() == 2
    assert "size" in str(told[0].message)


def momentum():
    found = steps(optim.SGD, [1.0, 2.0], lr=0.1, momentum=0.9)
    near(found, [0.9, 0.9 - 0.1 * (0.9 * 1 + 2)])


def rmsprop():
    s = 0.01 * 4
    near(
        steps(optim.RMSprop, [2.0], lr=0.01),
        [1 - 0.01 * 2 / (math.sqrt(s) + 1e-8)],
    )
    g = 1e-9  # where ε decides
    near(
        steps(optim.RMSprop, [g], lr=0.1),
        [1 - 0.1 * g / (0.1 * g + 1e-8)],
    )


def adagrad():
    g = 1e-10
    near(steps(optim.Adagrad, [g], lr=0.1), [1 - 0.1 * g / (g + 1e-10)])


def adam():
    g = 1e-8
    near(steps(optim.Adam, [g], lr=0.1), [1 - 0.1 * g / (g + 1e-8)])


def adam_decay():
    # With a gradient of 0, what moves the weight is the decay alone, at
    # Adam's pace.
    near(
        steps(optim.Adam, [0.0], lr=0.1, weight_decay=0.5),
        [1 - 0.1 * 0.5 / (0.5 + 1e-8)],
    )


def adamw():
    near(steps(optim.AdamW, [0.0], lr=0.1), [1 - 0.1 * 0.01])


def sgd():
    near(steps(optim.SGD, [1.0]), [1 - 0.001])


def gradients():
    w = torch.ones(1, requires_grad=True)
    for expected in [3, 6]:
        (3 * w).backward()
        assert w.grad.item() == expected


def clipping():
    a, b = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    a.grad, b.grad = torch.tensor([3.0]), torch.tensor([4.0])
    nn.utils.clip_grad_norm_([a, b], 1.0)
    assert abs(a.grad / b.grad - 3 / 4) < 1e-12
    assert abs(a.grad - 0.6) < 1e-6


def uniform(values, bound):
    assert 0.95 * bound < values.abs().max() <= bound
    assert abs(values.var() / (bound**2 / 3) - 1) < 0.1


def weights():
    uniform(nn.Linear(100, 400).weight.detach(), 0.1)


def biases():
    uniform(nn.Linear(100, 4000).bias.detach(), 0.1)


def forget_gate():
    lstm = nn.LSTM(2, 400)
    for bias in [lstm.bias_ih_l0, lstm.bias_hh_l0]:
        assert abs(bias[400:800].mean()) < 0.01


def leak():
    z = torch.tensor([-1.0])
    assert nn.LeakyReLU()(z) == F.leaky_relu(z) == -0.01


def gelu():
    z = torch.tensor([1.0])
    exact = (1 + math.erf(math.sqrt(0.5))) / 2
    near([F.gelu(z).item(), nn.GELU()(z).item()], [exact, exact])


def kink():
    z = torch.zeros(1, requires_grad=True)
    F.relu(z).backward()
    assert z.grad.item() == 0


def batch_norm():
    norm = nn.BatchNorm1d(1)
    assert norm.eps == 1e-5
    norm(torch.tensor([[1.0], [3.0]]))
    near([norm.running_mean.item()], [0.1 * 2])


def kept_variance():
    norm = nn.BatchNorm1d(1, momentum=1.0)
    norm(torch.tensor([[1.0], [3.0]]))
    assert norm.running_var.item() == 2


def order():
    samples = torch.utils.data.DataLoader(range(50))
    assert [int(sample) for sample in samples] == list(range(50))


def batch():
    assert torch.utils.data.DataLoader(range(3)).batch_size == 1


def short_batch():
    batches = torch.utils.data.DataLoader(range(5), batch_size=2)
    assert [len(batch) for batch in batches] == [2, 2, 1]
    batches = torch.utils.data.DataLoader(range(5), 2, drop_last=True)
    assert [len(batch) for batch in batches] == [2, 2]


def modes():
    net, x = nn.Dropout(0.5), torch.ones(1000)
    with torch.no_grad():
        assert (net(x) == 0).any()
        assert (net.eval()(x) == 1).all()


def default_type():
    torch.set_default_dtype(torch.float32)
    assert nn.Linear(1, 1).weight.dtype == torch.float32
    torch.set_default_dtype(torch.float64)


def subnormal():
    least = torch.tensor(2.0**-149, dtype=torch.float32)
    assert (least * 2).item() == 2.0**-148
