"""Writes python.safetensors and python-fp32.safetensors, which the tests of Checkpoints read.

Run in this folder with torch and safetensors installed:  python make_python_safetensors.py
"""

import torch
from safetensors.torch import save_file

values = torch.tensor([[0.0, -0.0, 1.0], [-2.5, 6.1e-5, 65504.0]])

save_file(
    {
        "b.weight": values,
        "half": values.to(torch.float16),
        "brain": values.to(torch.bfloat16),
        "double": values.to(torch.float64) / 3,
        "counter": torch.tensor(7),
        "empty": torch.zeros(0, 5),
        "größe \"quoted\"\n": torch.tensor([1.5]),
    },
    "python.safetensors",
    metadata={"format": "pt"},
)

save_file(
    {"b.weight": values, "a.bias": values[0].clone(), "scalar": torch.tensor(3.0)},
    "python-fp32.safetensors",
    metadata={"format": "pt"},
)
