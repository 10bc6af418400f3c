"""Logs a bit of everything that needs no artifacts, and prints the run's path."""

import json
import pathlib
import sys

import numpy as np
import plotly.graph_objects as go
import wandb

run = wandb.init(
    project="much", config={"lr": 0.1, "opt": {"name": "adam", "betas": [0.9, 0.999]}, "big": 2**60}, tags=["a", "ü"],
    notes="some notes", group="g", job_type="train", name="a run", save_code=True,
)
for step in range(10):
    run.log({
        "loss": 1 / (step + 1), "count": step, "nan": float("nan"), "up": float("inf"), "down": float("-inf"),
        "nested": {"deep": {"x": step}}, "text": f"t{step}", "a/b.c": step * 0.5,
    })
run.log({
    "image": wandb.Image(np.zeros((8, 8, 3), dtype=np.uint8), caption="black"),
    "audio": wandb.Audio(np.zeros(800), sample_rate=8000),
    "html": wandb.Html("<p>hello</p>"),
    "histogram": wandb.Histogram([1, 2, 2, 3]),
    "plot": wandb.Plotly(go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))),
    "curve": wandb.plot.line(wandb.Table(columns=["x", "y"], data=[[1, 2], [3, 4]]), "x", "y", title="A curve"),
})
run.config.update({"added": "later"})
print("out 1")
print("broken", file=sys.stderr)
sys.stdout.write("progress 1\rprogress 2\n")
folder = pathlib.Path("some dir")
folder.mkdir()
(folder / "note é.txt").write_text("kept")
wandb.save(str(folder / "note é.txt"), base_path=".")
run.summary["best"] = {"at": [1, 2], "score": float("nan")}
run.alert(title="look", text="at this", level=wandb.AlertLevel.WARN)
path = f"{run.entity}/{run.project}/{run.id}"
run.finish()
print(json.dumps({"path": path}))
