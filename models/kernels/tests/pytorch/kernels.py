"""Writes kernels.json: small layers forward and backward in float64 by PyTorch (2.13.0), channels-last as the kernels keep them.

usage: python3 kernels.py > kernels.json
"""
import json
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


def last(t):  # NCHW -> NHWC
    return t.permute(0, 2, 3, 1).contiguous().flatten().tolist()


def leaf(*shape, ties=False):
    t = torch.randn(*shape)
    return (torch.round(t * 2) / 2 if ties else t).requires_grad_()


cases = {}
x, w, b = leaf(2, 3, 6, 5), leaf(4, 3, 3, 3), leaf(4)
y = F.relu(F.conv2d(x, w, b))
dy = torch.randn_like(y)
y.backward(dy)
hwio = lambda t: t.permute(2, 3, 1, 0).contiguous().flatten().tolist()
cases["conv"] = dict(x=last(x), weight=hwio(w), bias=b.tolist(), y=last(y), dy=last(dy), dx=last(x.grad),
                     dweight=hwio(w.grad), dbias=b.grad.tolist())
for name, pool in (("max_pool", F.max_pool2d), ("average_pool", F.avg_pool2d)):
    x = leaf(2, 3, 8, 7, ties=True)
    y = pool(x, 3, 2)
    dy = torch.randn_like(y)
    y.backward(dy)
    cases[name] = dict(x=last(x), y=last(y), dy=last(dy), dx=last(x.grad))
x, t = leaf(4, 5), torch.tensor([0, 3, 4, 1])
loss = F.cross_entropy(x, t)
loss.backward()
cases["cross_entropy"] = dict(logits=x.flatten().tolist(), labels=t.tolist(), mean_loss=loss.item(), dlogits=x.grad.flatten().tolist())
x, w, b = leaf(3, 4), leaf(2, 4), leaf(2)
y = F.linear(x, w, b)
dy = torch.randn_like(y)
y.backward(dy)
cases["dense"] = dict(x=x.flatten().tolist(), weight=w.t().flatten().tolist(), bias=b.tolist(), y=y.flatten().tolist(),
                      dy=dy.flatten().tolist(), dx=x.grad.flatten().tolist(), dweight=w.grad.t().flatten().tolist(), dbias=b.grad.tolist())
print(json.dumps(dict(source="PyTorch " + torch.__version__ + ", kernels.py", cases=cases)))
