"""Logs or reads a run whose rows are large."""

import json
import sys

import wandb

KEYS, STEPS, TEXT_BYTES = 10_000, 3, 9 << 20


def log():
    with wandb.init(project="large") as run:
        for step in range(STEPS):
            run.log({f"metric/{key:05}": key * step for key in range(KEYS)})
        run.log({"text": "x" * TEXT_BYTES})
    print(json.dumps({"path": run.path}))


def read(path):
    run = wandb.Api(timeout=60).run(path)
    rows = list(run.scan_history())
    wide = [{key: value for key, value in row.items() if key.startswith("metric/")} for row in rows[:STEPS]]
    print(json.dumps({
        "rows": len(rows),
        "exact": wide == [{f"metric/{key:05}": key * step for key in range(KEYS)} for step in range(STEPS)],
        "text": len(rows[STEPS]["text"]),
        "summary": sum(key.startswith("metric/") for key in run.summary.keys()),
        "sampled": run.history(keys=["metric/00007", "metric/09999"], pandas=False),
    }))


{"log": log, "read": read}[sys.argv[1]](*sys.argv[2:])
