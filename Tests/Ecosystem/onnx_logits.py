"""Prints the logits that onnxruntime computes, as JSON, one list for each case.

    python Tests/Ecosystem/onnx_logits.py CASES

CASES is a JSON file: for each case a model, the shape of its samples, and pixels, or tokens with positions. Each model
is first checked by onnx.
"""
import json
import sys

import numpy
import onnx
import onnxruntime

found = []
checked = set()
for case in json.load(open(sys.argv[1])):
    if case["model"] not in checked:
        onnx.checker.check_model(case["model"], full_check=True)
        checked.add(case["model"])
    if "pixels" in case:
        inputs = {"pixels": numpy.array(case["pixels"], numpy.float32).reshape(case["shape"])}
    else:
        inputs = {"input_ids": numpy.array(case["tokens"], numpy.int64).reshape(case["shape"])}
        if "positions" in case:
            positions = numpy.array(case["positions"], numpy.int64)
            inputs["positions"] = positions.reshape(case["count"], -1)
    session = onnxruntime.InferenceSession(case["model"], providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], inputs)
    found.append(logits.ravel().tolist())
json.dump(found, sys.stdout)
