"""An optimizer of PyTorch on the gradients of `inna-bench check adam --against benchmarks/peers/against.py`."""

import json
import sys

import torch

torch.set_default_dtype(torch.float64)
problem = json.load(open(sys.argv[1]))
hyper = problem["hyper"]
tensors = {
    name: torch.tensor(problem["initial"][name]).reshape(shape).requires_grad_()
    for name, shape in problem["shapes"].items()
}
optimizer = torch.optim.Adam(
    tensors.values(), lr=hyper["learning_rate"], betas=(hyper["beta1"], hyper["beta2"]), eps=hyper["eps"]
)
expected = []
for gradients in problem["gradients"]:
    for name, tensor in tensors.items():
        tensor.grad = torch.tensor(gradients[name]).reshape(tensor.shape)
    optimizer.step()
    expected.append({name: tensor.flatten().tolist() for name, tensor in tensors.items()})
json.dump({"expected": expected}, open(sys.argv[2], "w"))
