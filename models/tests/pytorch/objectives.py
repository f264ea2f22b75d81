"""Every loss of the suite at the end of a network in PyTorch, double precision: loss and gradients. Writes objectives.json beside this
file.

    pip install torch==2.13.0
    python3 models/tests/pytorch/objectives.py
"""

import json
import pathlib

import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

# More examples than a shard has.
EXAMPLES, NUMBERS, TIME, CLASSES = 11, 12, 5, 7


def ours(tensor):
    """In the suite's layout: [in, out]."""
    return tensor.detach().T.flatten().tolist() if tensor.dim() == 2 else tensor.detach().flatten().tolist()


def case(network, x, loss, labels=()):
    for parameter in network.parameters():
        nn.init.normal_(parameter, 0.1, 0.5)
    value = loss(network(x))
    value.backward()
    return {
        "x": x.flatten().tolist(),
        "labels": labels if isinstance(labels, list) else list(labels),
        "parameters": sum((ours(p) for p in network.parameters()), []),
        "loss": value.item(),
        "gradient": sum((ours(p.grad) for p in network.parameters()), []),
    }


def autoencoder():
    return nn.Sequential(nn.Linear(NUMBERS, 4), nn.Tanh(), nn.Linear(4, NUMBERS))


class Total(nn.Module):
    def forward(self, x):
        return x.sum(1, keepdim=True)


shares = torch.rand(EXAMPLES, NUMBERS)
rows = torch.randn(EXAMPLES, TIME, 3)
labels = torch.randint(0, CLASSES, (EXAMPLES, TIME))
per_position = nn.Sequential(nn.Linear(3, 6), nn.GELU(), nn.Linear(6, CLASSES))
cases = {
    "binary": case(
        autoencoder(),
        shares,
        lambda z: nn.functional.binary_cross_entropy_with_logits(z, shares, reduction="sum") / EXAMPLES,
    ),
    "squared": case(
        autoencoder(), shares, lambda y: nn.functional.mse_loss(y, shares, reduction="sum") / EXAMPLES
    ),
    "zero": case(
        nn.Sequential(nn.Linear(NUMBERS, 4)), shares, lambda y: (y**2).sum() / EXAMPLES
    ),
    "positions": case(
        per_position,
        rows,
        lambda z: nn.functional.cross_entropy(z.flatten(0, 1), labels.flatten(), label_smoothing=0.1),
        labels.flatten().tolist(),
    ),
    "sum": case(
        nn.Sequential(nn.Linear(NUMBERS, 5), nn.Tanh(), Total()), shares, lambda y: (y**2).sum() / EXAMPLES
    ),
}
note = {"note": f"written by objectives.py with PyTorch {torch.__version__.split('+')[0]}, float64"}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(note | cases) + "\n")
