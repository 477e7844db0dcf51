"""Loads an exported folder in transformers and saves it again, in several files.

    python Tests/Ecosystem/save_again.py FOLDER OUTPUT
"""
import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

import transformers

folder = os.path.abspath(sys.argv[1])
config = json.load(open(os.path.join(folder, "config.json")))
(automatic,) = [name for name in config["auto_map"] if name.startswith("AutoModelFor")]
model = getattr(transformers, automatic).from_pretrained(folder, trust_remote_code=True)
model.save_pretrained(sys.argv[2], max_shard_size="1KB")
print(sorted(os.listdir(sys.argv[2])))
