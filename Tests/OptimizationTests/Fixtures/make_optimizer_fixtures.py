#!/usr/bin/env python3
"""Makes optimizers.json: what PyTorch's and timm's optimizers make of a few tensors in five steps.

    python3 make_optimizer_fixtures.py    # torch 2.15, timm 1.0

Weights and gradients are given by a formula in numbers that float32 holds (OptimizerFixture.swift has it too); results are
computed in float64, so that a test's tolerance is the rounding of float32 alone. Every stride-th weight is stored.
"""
import fnmatch
import json
import pathlib

import torch
import timm
from timm.optim import Lamb, param_groups_layer_decay

TENSORS = [  # in the order of a state dictionary; one that decays is a matrix
    ("stem.weight", [3, 5]), ("stem.bias", [1]), ("blocks.0.norm.bias", [31]), ("blocks.0.fc.weight", [17, 3]),
    ("head.weight", [5, 4003]), ("head.bias", [7])]
RATES = [0.01, 0.02, 0.015, 0.005, 0.01]
SCALE = 0.25  # of gradients
STORED = 20


def numbers(tensor, shape, step):
    """Multiples of 1/1024 between -1 and 1; step 0 gives weights, and the first tensor's are zero."""
    count = torch.Size(shape).numel()
    values = (torch.arange(count) * 7919 + tensor * 611 + step * 104_729) % 2003 - 1001
    values = values.double() / 1024
    if step == 0:
        values = values / 8 * (tensor > 0)
    return values.reshape(shape)


def last(factors, name):
    return [float(f.rpartition("=")[2]) for f in factors if fnmatch.fnmatchcase(name, f.rpartition("=")[0])] or [1.0]


def run(make, decay, rate_factors=(), decay_factors=(), frozen=()):
    parameters, groups = [], []
    for tensor, (name, shape) in enumerate(TENSORS):
        learns = not any(fnmatch.fnmatchcase(name, pattern) for pattern in frozen)
        parameter = torch.nn.Parameter(numbers(tensor, shape, 0), requires_grad=learns)
        factor = decay * last(decay_factors, name)[-1] if len(shape) > 1 else 0.0
        groups.append({"params": [parameter], "weight_decay": factor, "factor": last(rate_factors, name)[-1]})
        parameters.append(parameter)
    optimizer = make(groups)
    for step, rate in enumerate(RATES, 1):
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        for tensor, parameter in enumerate(parameters):
            if parameter.requires_grad:
                parameter.grad = numbers(tensor, TENSORS[tensor][1], step) * SCALE
        optimizer.step()
    result = {}
    for (name, _), parameter in zip(TENSORS, parameters):
        flat = parameter.detach().flatten()
        stride = max(1, len(flat) // STORED)
        result[name] = {"stride": stride, "values": flat[::stride].tolist()}
    return result


def sgd(**more):
    return lambda groups: torch.optim.SGD(groups, lr=0.1, **more)


def adamw(groups):
    return torch.optim.AdamW(groups, lr=0.1, betas=(0.9, 0.99), eps=1e-6)


def lamb(groups):
    return Lamb(groups, lr=0.1, betas=(0.9, 0.99), eps=1e-6, max_grad_norm=None)


ADAM = ["optimizer.beta1=0.9", "optimizer.beta2=0.99", "optimizer.epsilon=1e-6"]
FROZEN = {"frozen": ["stem.*", "blocks.0.norm.*"]}
FACTORS = {"rate_factors": ["*bias*=8", "head.*=2", "head.bias=0.5"], "decay_factors": ["head.*=0", "stem.*=3"]}


def case(name, settings, make, decay, **factors):
    settings = [f"optimizer.weight_decay={decay}"] + settings
    settings += [f"optimizer.{key}={json.dumps(value)}" for key, value in factors.items()]
    return {"name": name, "settings": settings, "weights": run(make, decay, **factors)}


def cases():
    plain = ["optimizer.kind=sgd", "optimizer.momentum=0"]
    momentum = ["optimizer.kind=sgd", "optimizer.momentum=0.9"]
    nesterov = momentum + ["optimizer.nesterov=true"]
    yield case("AdamW", ["optimizer.kind=adamw"] + ADAM, adamw, 0.1)
    yield case("AdamW by groups", ["optimizer.kind=adamw"] + ADAM, adamw, 0.1, **FACTORS)
    yield case("SGD", plain, sgd(), 0.0)
    yield case("SGD with decay", plain, sgd(), 0.1)
    yield case("SGD with momentum", momentum, sgd(momentum=0.9), 0.1)
    yield case("SGD with Nesterov's momentum", nesterov, sgd(momentum=0.9, nesterov=True), 0.1)
    yield case("SGD by groups", momentum, sgd(momentum=0.9), 0.1, **FACTORS)
    yield case("LAMB", ["optimizer.kind=lamb"] + ADAM, lamb, 0.1)
    yield case("LAMB without decay", ["optimizer.kind=lamb"] + ADAM, lamb, 0.0)
    yield case("LAMB by groups", ["optimizer.kind=lamb"] + ADAM, lamb, 0.1, **FACTORS)
    yield case("AdamW with frozen tensors", ["optimizer.kind=adamw"] + ADAM, adamw, 0.1, **FROZEN)
    yield case("SGD with frozen tensors", momentum, sgd(momentum=0.9), 0.1, **FROZEN)
    yield case("LAMB with frozen tensors", ["optimizer.kind=lamb"] + ADAM, lamb, 0.1, **FROZEN)


def layer_scales(model):
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = param_groups_layer_decay(model, layer_decay=0.75)
    return {names[id(p)]: group["lr_scale"] for group in groups for p in group["params"]}


def models():
    small = {"img_size": 16, "patch_size": 8, "num_classes": 3}
    mixer = timm.models.mlp_mixer.MlpMixer(
        **small, num_blocks=3, embed_dim=16, mlp_ratio=4,
        block_layer=timm.models.mlp_mixer.SpatialGatingBlock, mlp_layer=timm.layers.GatedMlp)
    yield "gmlp", mixer
    yield "transformer", timm.models.vision_transformer.VisionTransformer(
        **small, depth=3, embed_dim=16, num_heads=2)


if __name__ == "__main__":
    fixture = {
        "tensors": [{"name": name, "shape": shape} for name, shape in TENSORS], "rates": RATES, "scale": SCALE,
        "cases": list(cases()), "layerScales": {name: layer_scales(model) for name, model in models()}}
    lines = json.dumps(fixture, indent=1).replace("\n     ", "")
    pathlib.Path(__file__).with_name("optimizers.json").write_text(lines + "\n")
