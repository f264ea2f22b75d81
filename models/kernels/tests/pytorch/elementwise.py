"""Writes elementwise.json: convolutions with stride and padding, activations and losses, forward and backward in float64 by
PyTorch (2.13.0), channels-last as the kernels keep them.

usage: python3 elementwise.py > elementwise.json
"""
import json
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)


def last(t):  # NCHW -> NHWC
    return t.permute(0, 2, 3, 1).flatten().tolist()


def leaf(*shape):
    return torch.randn(*shape).requires_grad_()


def convolution(height, width, channels, kernel, stride, padding, filters, relu, bias):
    x, w = leaf(2, channels, height, width), leaf(filters, channels, kernel, kernel)
    b = leaf(filters) if bias else None
    z = F.conv2d(x, w, b, stride, padding)
    y = F.relu(z) if relu else z
    dy = torch.randn_like(y)
    y.backward(dy)
    hwio = lambda t: t.permute(2, 3, 1, 0).flatten().tolist()
    numbers = lambda t: t.tolist() if bias else None
    return dict(height=height, width=width, channels=channels, kernel=kernel, stride=stride, padding=padding, filters=filters,
                relu=relu, output=list(y.shape[2:]), x=last(x), weight=hwio(w), bias=numbers(b), y=last(y), dy=last(dy),
                dx=last(x.grad), dweight=hwio(w.grad), dbias=numbers(b.grad if bias else None))


def activation(function):
    # Zeros of either sign, and numbers of sizes at which an approximation would show.
    x = torch.cat([torch.tensor([0.0, -0.0, 1e-9, -1e-9, 20.0, -20.0, 300.0, -300.0]), 3 * torch.randn(24)]).requires_grad_()
    y = function(x)
    dy = torch.randn_like(y)
    y.backward(dy)
    return dict(x=x.tolist(), y=y.tolist(), dy=dy.tolist(), dx=x.grad.tolist())


def smoothed(smoothing):
    logits, labels = leaf(4, 5), torch.tensor([0, 3, 4, 1])
    loss = F.cross_entropy(logits, labels, label_smoothing=smoothing)
    loss.backward()
    return dict(smoothing=smoothing, logits=logits.flatten().tolist(), labels=labels.tolist(), mean_loss=loss.item(),
                dlogits=logits.grad.flatten().tolist())


def of_numbers(function, outputs, targets):
    loss = function(outputs, targets, reduction="sum") / 3
    loss.backward()
    return dict(outputs=outputs.flatten().tolist(), targets=targets.flatten().tolist(), loss=loss.item(),
                d=outputs.grad.flatten().tolist())


convolutions = [
    convolution(6, 5, 3, kernel=3, stride=1, padding=1, filters=4, relu=True, bias=True),
    convolution(6, 5, 3, kernel=3, stride=1, padding=1, filters=4, relu=True, bias=False),
    convolution(7, 8, 2, kernel=3, stride=2, padding=1, filters=5, relu=False, bias=False),
    convolution(9, 7, 3, kernel=5, stride=3, padding=2, filters=2, relu=False, bias=True),
    convolution(8, 7, 3, kernel=2, stride=3, padding=0, filters=4, relu=True, bias=True),
    convolution(5, 6, 4, kernel=1, stride=2, padding=0, filters=3, relu=False, bias=False),
    convolution(4, 3, 2, kernel=1, stride=1, padding=0, filters=3, relu=True, bias=False),
    convolution(3, 4, 2, kernel=1, stride=1, padding=1, filters=3, relu=False, bias=True),
    convolution(1, 1, 3, kernel=3, stride=1, padding=1, filters=2, relu=False, bias=True),
    convolution(1, 1, 2, kernel=3, stride=2, padding=2, filters=2, relu=False, bias=False),
    convolution(3, 2, 2, kernel=2, stride=1, padding=3, filters=3, relu=True, bias=True),
]
activations = dict(
    rectifier=activation(F.relu),
    gelu=activation(F.gelu),
    gelu_tanh=activation(lambda x: F.gelu(x, approximate="tanh")),
    tanh=activation(torch.tanh),
    silu=activation(F.silu),
)
losses = dict(
    smoothed_cross_entropy=[smoothed(s) for s in (0.0, 0.1, 0.5, 1.0)],
    squared_error=of_numbers(F.mse_loss, leaf(3, 7), torch.randn(3, 7)),
    binary_cross_entropy=of_numbers(F.binary_cross_entropy_with_logits, leaf(3, 7), torch.rand(3, 7)),
)
print(json.dumps(dict(source="PyTorch " + torch.__version__ + ", elementwise.py", convolutions=convolutions,
                      activations=activations, losses=losses)))
