"""Prints the logits that transformers computes with the code of exported folders, as JSON, one list for each case.

    python Tests/Ecosystem/huggingface_logits.py CASES

CASES is a JSON file: for each case the folder of a model, the shape of its samples, and pixels, or tokens with
positions. Nothing is loaded from the network.
"""
import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

import torch
import transformers

found = []
for case in json.load(open(sys.argv[1])):
    config = json.load(open(os.path.join(case["model"], "config.json")))
    (automatic,) = [name for name in config["auto_map"] if name.startswith("AutoModelFor")]
    model = getattr(transformers, automatic).from_pretrained(
        case["model"], trust_remote_code=True
    ).eval()
    with torch.no_grad():
        if "pixels" in case:
            logits = model(torch.tensor(case["pixels"]).reshape(case["shape"])).logits
        else:
            output = model(torch.tensor(case["tokens"]).reshape(case["shape"]))
            if automatic == "AutoModelForQuestionAnswering":
                logits = torch.stack([output.start_logits, output.end_logits], dim=1)
            else:
                logits = output.logits
            if "positions" in case:
                places = torch.tensor(case["positions"]).reshape(case["count"], -1, 1)
                logits = logits.gather(1, places.expand(-1, -1, logits.shape[-1]))
    found.append(logits.flatten().tolist())
json.dump(found, sys.stdout)
