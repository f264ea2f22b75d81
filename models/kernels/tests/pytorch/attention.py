"""Writes attention.json: self-attention forward and backward in float64 by PyTorch (2.13.0).

usage: python3 attention.py > attention.json
"""
import json
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)

cases = {}
for n, time, width, heads in ((2, 5, 6, 2), (1, 1, 4, 2), (1, 7, 3, 1), (1, 37, 4, 1)):
    for causal in (False, True):
        qkv = torch.randn(n, time, 3 * width, requires_grad=True)
        q, k, v = (part.unflatten(2, (heads, width // heads)).transpose(1, 2) for part in qkv.split(width, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).flatten(2)
        dy = torch.randn_like(y)
        y.backward(dy)
        values = dict(qkv=qkv, y=y, dy=dy, dqkv=qkv.grad)
        cases[f"{n}_{time}_{width}_{heads}_{causal}"] = {name: t.detach().flatten().tolist() for name, t in values.items()}
print(json.dumps(dict(source="PyTorch " + torch.__version__ + ", attention.py", cases=cases)))
