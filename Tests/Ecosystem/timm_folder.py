"""Loads an exported folder in timm and in transformers by its config.json alone, and compares their logits.

    python Tests/Ecosystem/timm_folder.py FOLDER

Prints as JSON the logits of both for an image of zeros, and the mean and the size that timm reads.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import timm
import torch
from transformers import AutoModelForImageClassification

folder = os.path.abspath(sys.argv[1])
model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
data = timm.data.resolve_model_data_config(model)
wrapped = AutoModelForImageClassification.from_pretrained(folder).eval()
image = torch.zeros(1, *data["input_size"])
with torch.no_grad():
    logits = [model(image).flatten().tolist(), wrapped(image).logits.flatten().tolist()]
json.dump({"logits": logits, "mean": data["mean"], "input_size": data["input_size"]}, sys.stdout)
