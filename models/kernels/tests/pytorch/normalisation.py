"""Writes normalisation.json: normalisations, pools and tables forward and backward in float64 by PyTorch (2.13.0), channels-last as
the kernels keep them.

usage: python3 normalisation.py > normalisation.json
"""
import json
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


def leaf(*shape, offset=0.0):
    return (torch.randn(*shape) + offset).requires_grad_()


def flat(t):
    return t.detach().contiguous().flatten().tolist()


def case(y, **leaves):
    """The leaves, y, an upstream gradient and the leaves' gradients."""
    dy = torch.randn_like(y)
    y.backward(dy)
    values = dict(y=flat(y), dy=flat(dy))
    for name, leaf in leaves.items():
        values[name], values["d" + name] = flat(leaf), flat(leaf.grad)
    return values


cases = {}
for size in (1, 5, 16, 37):
    x, gain, shift = leaf(6, size, offset=0.5), leaf(size), leaf(size)
    cases[f"layer_norm_{size}"] = case(F.layer_norm(x, (size,), gain, shift, 1e-5), x=x, gain=gain, shift=shift)
for positions, channels, groups in ((7, 6, 1), (7, 6, 2), (7, 6, 6), (1, 12, 3), (90, 3, 1), (20, 16, 4)):
    x, gain, shift = leaf(2, positions, channels, offset=0.5), leaf(channels), leaf(channels)
    y = F.group_norm(x.transpose(1, 2), groups, gain, shift, 1e-5).transpose(1, 2)
    cases[f"group_norm_{positions}_{channels}_{groups}"] = case(y, x=x, gain=gain, shift=shift)
for images, positions, channels in ((11, 1, 5), (3, 6, 16), (7, 15, 3)):
    norm = torch.nn.BatchNorm1d(channels)
    norm.weight.data.normal_()
    norm.bias.data.normal_()
    first = leaf(images, positions, channels, offset=-1.0)
    norm(first.transpose(1, 2))
    x = leaf(images, positions, channels, offset=0.5)
    y = norm(x.transpose(1, 2)).transpose(1, 2)
    values = case(y, x=x)
    values |= dict(first=flat(first), gain=flat(norm.weight), shift=flat(norm.bias), dgain=flat(norm.weight.grad),
                   dshift=flat(norm.bias.grad), running_mean=flat(norm.running_mean), running_variance=flat(norm.running_var))
    norm.eval()
    values["evaluated"] = flat(norm(x.transpose(1, 2)).transpose(1, 2))
    cases[f"batch_norm_{images}_{positions}_{channels}"] = values
x = leaf(3, 5, 4)
cases["mean_pool"] = case(F.adaptive_avg_pool1d(x.transpose(1, 2), 1).squeeze(2), x=x)
tokens, table, positions = torch.tensor([[2, 0, 2, 5], [5, 5, 1, 2]]), leaf(6, 3), leaf(4, 3)
cases["embedding"] = case(F.embedding(tokens, table) + positions, table=table, positions=positions)
cases["embedding"]["tokens"] = flat(tokens)
print(json.dumps(dict(source="PyTorch " + torch.__version__ + ", normalisation.py", cases=cases)))
