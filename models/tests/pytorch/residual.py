"""A residual network with batch normalisations in PyTorch, double precision: loss, gradients, running statistics and the loss of an
evaluation after it. Writes residual.json beside this file.

    pip install torch==2.13.0
    python3 models/tests/pytorch/residual.py
"""

import json
import pathlib

import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


class Block(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False),
            nn.BatchNorm2d(filters),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False),
            nn.BatchNorm2d(filters),
        )
        self.past = nn.Sequential()
        if stride > 1:
            self.past = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.past(x))


network = nn.Sequential(
    nn.Conv2d(3, 4, 3, 1, 1, bias=False),
    nn.BatchNorm2d(4),
    nn.ReLU(),
    Block(4, 4, 1),
    Block(4, 6, 2),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(6, 5),
)
for parameter in network.parameters():
    nn.init.normal_(parameter, 0.1, 0.5)


def ours(tensor):
    """In the suite's layout: [kernel, kernel, in, out] and [in, out]."""
    order = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[tensor.dim()]
    return tensor.detach().permute(order).flatten().tolist()


# More images than two shards have, the last of them smaller.
x, labels = torch.randn(19, 3, 8, 6), torch.randint(0, 5, (19,))
parameters = [ours(p) for p in network.parameters()]
loss = nn.functional.cross_entropy(network(x), labels)
loss.backward()
running = [b for name, b in network.named_buffers() if "running" in name]
with torch.no_grad():
    network.eval()
    evaluation = nn.functional.cross_entropy(network(x), labels)

case = {
    "x": x.permute(0, 2, 3, 1).flatten().tolist(),
    "labels": labels.tolist(),
    "parameters": sum(parameters, []),
    "loss": loss.item(),
    "gradient": sum((ours(p.grad) for p in network.parameters()), []),
    "running": sum((b.tolist() for b in running), []),
    "evaluation": evaluation.item(),
}
note = {"note": f"written by residual.py with PyTorch {torch.__version__.split('+')[0]}, float64"}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(note | case) + "\n")
