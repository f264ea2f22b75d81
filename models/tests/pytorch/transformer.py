"""Blocks of a transformer in PyTorch, double precision: loss and gradients. Writes transformer.json beside this file.

    pip install torch==2.13.0
    python3 models/tests/pytorch/transformer.py
"""

import json
import pathlib

import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

VOCABULARY, TIME, WIDTH, HEADS, CLASSES = 11, 7, 8, 2, 5


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.LayerNorm(WIDTH)
        self.queries = nn.Linear(WIDTH, 3 * WIDTH)
        self.values = nn.Linear(WIDTH, WIDTH)
        self.second = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, 2 * WIDTH)
        self.down = nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        heads = [
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.queries(self.first(x)).split(WIDTH, dim=-1)
        ]
        attended = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.values(attended.transpose(1, 2).flatten(-2))
        return x + self.down(nn.functional.gelu(self.up(self.second(x))))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(TIME, WIDTH)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.last = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES, bias=False)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.last(x).mean(dim=1))


network = Network()
for parameter in network.parameters():
    nn.init.normal_(parameter, 0.1, 0.4)


def ours(name, tensor):
    """In the suite's layout: matrices of products as [in, out], tables as they are."""
    is_table = name in ("tokens.weight", "positions.weight")
    tensor = tensor.detach()
    return (tensor if tensor.dim() == 1 or is_table else tensor.T).flatten().tolist()


tokens, labels = torch.randint(0, VOCABULARY, (13, TIME)), torch.randint(0, CLASSES, (13,))
loss = nn.functional.cross_entropy(network(tokens), labels)
loss.backward()
case = {
    "x": tokens.flatten().tolist(),
    "labels": labels.tolist(),
    "parameters": sum((ours(name, p) for name, p in network.named_parameters()), []),
    "loss": loss.item(),
    "gradient": sum((ours(name, p.grad) for name, p in network.named_parameters()), []),
}
note = {"note": f"written by transformer.py with PyTorch {torch.__version__.split('+')[0]}, float64"}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(note | case) + "\n")
