"""Logs a run that lasts until the file given as the first argument appears."""

import math
import os
import sys
import time

import numpy as np
import wandb


def draw(run):
    """Charts of every kind that the client knows, one of our own, one that wants to load what it may not; media."""
    points = wandb.Table(columns=["x", "y.deep", "who"], data=[[x, x * x, "ab"[x % 2]] for x in range(20)])
    counts = wandb.Table(columns=["label", "value"], data=[["cat", 3], ["dog", 5], ["emu", 2]])
    curve = wandb.Table(columns=["class", "fpr", "tpr"], data=[[name, x / 9, (x / 9) ** power] for name, power in (("a", 0.4), ("b", 0.7)) for x in range(10)])
    own = {"mark": "bar", "data": {"name": "wandb"}, "encoding": {"x": {"field": "${field:what}"}, "y": {"field": "${field:much}", "type": "quantitative", "title": "${string:unit}"}}}
    api = wandb.Api()
    for name, data in (("own", own["data"]), ("greedy", {"url": "https://example.org/data.json"})):
        api.create_custom_chart(entity=run.entity, name=name, display_name=name, spec_type="vega2", access="private", spec={**own, "data": data})
    fields, strings = {"what": "label", "much": "value"}, {"unit": "Animals"}
    run.log({
        "line": wandb.plot.line(points, "x", "y.deep", stroke="who", title="A line"),
        "series": wandb.plot.line_series([0, 1, 2], [[1, 2, 3], [3, 2, 5]], keys=["up", "down"], title="Series", xname="epoch"),
        "bars": wandb.plot.bar(counts, "label", "value", title="Bars"),
        "scattered": wandb.plot.scatter(points, "x", "y.deep", title="Points"),
        "spread": wandb.plot.histogram(points, "y.deep", title="Spread"),
        "confused": wandb.plot.confusion_matrix(y_true=[0, 1, 1, 0], preds=[0, 1, 0, 0], class_names=["cat", "dog"], title="Confusion"),
        "roc": wandb.plot_table("wandb/area-under-curve/v0", curve, {"x": "fpr", "y": "tpr", "class": "class"}, {"title": "ROC", "x-axis-title": "False", "y-axis-title": "True"}),
        "own": wandb.plot_table(f"{run.entity}/own", counts, fields, strings),
        "greedy": wandb.plot_table(f"{run.entity}/greedy", counts, fields, strings),
        "missing": wandb.plot_table(f"{run.entity}/nowhere", counts, fields, strings),
        "animals": counts,
        "pixels": wandb.Image(np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1)), caption="a ramp"),
        "beep": wandb.Audio(np.sin(np.arange(4000) / 4), sample_rate=8000),
        "note": wandb.Html("<p>Logged <b>HTML</b><script>document.body.append(self.origin)</script></p>", inject=False),
    })


with wandb.init(
    project="web-walk",
    name="walked-run",
    tags=["baseline"],
    notes="Watched by a browser.",
    config={"lr": 0.01, "model": {"width": 512, "activation": "gelu"}},
) as run:
    print("training begins")
    draw(run)
    run.alert("Loss is high", "It should be below 4.", level="WARN", wait_duration=0)
    print("a warning of the trainer", file=sys.stderr)
    step = 0
    while not os.path.exists(sys.argv[1]):
        loss = 3 * math.exp(-step / 60) + 0.1 * math.sin(step / 3) + 0.3
        run.log({"train/loss": loss, "train/lr": 0.01 * 0.99**step, "val/accuracy": 1 - loss / 4, "epoch": step // 10})
        print(f"step {step} loss {loss:.3f}")
        step += 1
        time.sleep(0.1)
    run.summary["best"] = {"accuracy": 0.9}
    net = wandb.Artifact("net", type="model", metadata={"layers": 3})
    with net.new_file("weights/first.txt") as file:
        file.write("one of the weights")
    run.log_artifact(net).wait()
    run.link_artifact(net, "Runstead/wandb-registry-models/nets", aliases=["good"])
