#!/usr/bin/env python3
"""Prints what TensorBoard reads in the event files of a run, as JSON: scripts/read-events.py RUN/tensorboard

For each training its scalars, as [step, value, time] by tag, its hyperparameters, and its status (1: finished).
Needs the package tensorboard.
"""

import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import metadata
runs = EventMultiplexer(size_guidance={"scalars": 0}).AddRunsFromDirectory(sys.argv[1])
runs.Reload()
said = {}
for name in runs.Runs():
    run = runs.GetAccumulator(name)
    content = run.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    start = metadata.parse_session_start_info_plugin_data(content)
    content = run.SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data.content
    values = {key: getattr(value, value.WhichOneof("kind")) for key, value in start.hparams.items()}
    said[name] = {
        "scalars": {tag: [[e.step, e.value, e.wall_time] for e in run.Scalars(tag)]
                    for tag in run.Tags()["scalars"]},
        "hparams": values,
        "status": metadata.parse_session_end_info_plugin_data(content).status}
print(json.dumps(said))
