"""Two losses of an epoch: the chapter epochs."""

import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_default_dtype(torch.float64)
state = load_file("batches.safetensors")
x, y, order = (state.pop(name) for name in ["x", "y", "order"])
samples = TensorDataset(x, y)
model = nn.Sequential(
    nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)
)
model.load_state_dict(state)
bce = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def loss_of_all():
    with torch.no_grad():
        return bce(model(x), y).item()


print("epoch   mean over its batches   all samples")
print(f"    0                           {loss_of_all():11.4f}")
# Each row of `order` is one epoch; shuffle=True would draw another.
for epoch, rows in enumerate(order.tolist(), 1):
    total = 0.0
    for batch, targets in DataLoader(samples, batch_size=32, sampler=rows):
        loss = bce(model(batch), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    mean = total / len(samples)
    print(f"{epoch:5}   {mean:21.4f}   {loss_of_all():11.4f}")
