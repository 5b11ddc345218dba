"""Odd or even? Real handwriting, with a bend and without: the chapter
digits."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("digits.safetensors")
x, y = state.pop("images") / 16, state.pop("labels").long() % 2  # 1 for odd
order = state.pop("order").long()
is_test = torch.arange(len(x)) // 10 % 5 == 0
train, test = (x[~is_test], y[~is_test]), (x[is_test], y[is_test])
print(
    f"{len(train[0])} images to learn from, {len(test[0])} to be judged on"
)

loss = nn.CrossEntropyLoss()
for name, f in [
    ("identity", nn.Identity),
    ("tanh", nn.Tanh),
    ("relu", nn.ReLU),
]:
    net = nn.Sequential(
        nn.Linear(64, 32), f(), nn.Linear(32, 32), f(), nn.Linear(32, 2)
    )
    net.load_state_dict(state)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
    for rows in order:  # an epoch each, where DataLoader would shuffle
        for batch in rows.split(32):
            optimizer.zero_grad()
            loss(net(train[0][batch]), train[1][batch]).backward()
            optimizer.step()
    wrong = (net(test[0]).argmax(1) != test[1]).sum().item()
    print(f"{name:8}  {wrong:2} on the wrong side")
