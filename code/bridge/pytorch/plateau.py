"""A loss curve and its linear floor: the chapter reading-a-loss-curve."""

import torch
from safetensors.torch import load_file
from torch import nn

torch.set_default_dtype(torch.float64)
state = load_file("plateau.safetensors")
x, y = state.pop("x"), state.pop("y")
bce = nn.BCEWithLogitsLoss()

line = nn.Linear(2, 1)
optimizer = torch.optim.SGD(line.parameters(), lr=10.0)
for _ in range(400):
    optimizer.zero_grad()
    bce(line(x), y).backward()
    optimizer.step()
print(f"floor  {bce(line(x), y).item():.3f}")

model = nn.Sequential(
    nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
)
model.load_state_dict(state)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
print("epoch   loss  like the line")
for epoch in range(1001):
    logits = model(x)
    loss = bce(logits, y)
    if epoch in [0, 10, 50, 100, 200, 500, 1000]:
        alike = (logits > 0) == (line(x) > 0)
        percent = 100 * alike.sum().item() // len(x)
        print(f"{epoch:5}  {loss.item():.3f}  {percent:8} %")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
