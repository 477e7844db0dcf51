"""Prints what TensorBoard reads in the files of a run's folder, as JSON.

    python Tests/Ecosystem/tensorboard_values.py FOLDER

For each plugin and tag: [step, value] for points of curves, [step, shape] for other tensors, and nothing for
tags whose metadata say all.
"""
import json
import sys

from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

accumulator = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
accumulator.Reload()
read = set(accumulator.Tags()["tensors"])
found = {}
for plugin in ["scalars", "histograms", "images", "text", "hparams", "custom_scalars"]:
    try:
        tags = accumulator.PluginTagToContent(plugin)
    except KeyError:
        continue
    found[plugin] = {}
    for tag in tags:
        values = []
        for event in accumulator.Tensors(tag) if tag in read else []:
            array = tensor_util.make_ndarray(event.tensor_proto)
            value = float(array) if plugin == "scalars" else list(array.shape)
            values.append([event.step, value])
        found[plugin][tag] = values
json.dump(found, sys.stdout)
