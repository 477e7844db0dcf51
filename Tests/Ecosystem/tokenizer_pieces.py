"""Prints how the tokenizer of an exported folder cuts lines of text, as JSON, one list of numbers for each line.

    python Tests/Ecosystem/tokenizer_pieces.py FOLDER LINES
"""
import json
import os
import sys
import tempfile

# Libraries print advice, and only the result is to be read.
result, sys.stdout = sys.stdout, sys.stderr
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(os.path.abspath(sys.argv[1]))
lines = open(sys.argv[2], encoding="utf-8").read().split("\n")
found = [tokenizer(line, add_special_tokens=False)["input_ids"] for line in lines]
pair = tokenizer("ta", "ne")["input_ids"]
json.dump({"lines": found, "pair": pair}, result)
