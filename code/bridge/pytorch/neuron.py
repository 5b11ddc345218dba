"""One neuron learns a straight line: the chapter one-neuron."""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)

# Four examples of y = 2x + 1, which the neuron does not know.
x = torch.tensor([[-1.0], [0.0], [1.0], [2.0]])
y = torch.tensor([[-1.0], [1.0], [3.0], [5.0]])
neuron = nn.Linear(1, 1)
nn.init.zeros_(neuron.weight)
nn.init.zeros_(neuron.bias)
mse = nn.MSELoss()
optimizer = torch.optim.SGD(neuron.parameters(), lr=0.1)

print("update    loss       w       b")
for update in range(41):
    loss = mse(neuron(x), y)
    if update % 10 == 0:
        w, b = neuron.weight.item(), neuron.bias.item()
        print(f"{update:6}  {loss.item():6.3f}  {w:6.3f}  {b:6.3f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
