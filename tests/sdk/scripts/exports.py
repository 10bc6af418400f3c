"""Logs rows, or reads a run in every way that may use its Parquet files."""

import json
import os
import sys
import time

import wandb


def log(name, first, count, kind):
    settings = wandb.Settings(x_file_stream_transmit_interval=1)
    with wandb.init(project="exports", id=name, resume="allow", settings=settings) as run:
        for step in range(int(first), int(first) + int(count)):
            row = {"loss": step * 0.7, "epoch": step // 10, "phase": "warm" if step < 100 else "hot", "good": step % 3 == 0}
            if kind == "sparse" and step % 5:
                del row["loss"]
            run.log(row, step=step)
        if "WAIT" in os.environ:
            print(json.dumps({"path": run.path}), flush=True)
            time.sleep(30)
    print(json.dumps({"path": run.path}))


def read(path, folder):
    run = wandb.Api().run(path)
    plain = lambda rows: [{key: value for key, value in row.items() if key not in ("_timestamp", "_runtime")} for row in rows]
    found = {
        "all": plain(run.scan_history()),
        "some": plain(run.scan_history(keys=["_step", "loss"], page_size=700)),
        "part": plain(run.scan_history(keys=["loss"], min_step=1200, max_step=1205)),
        "cached": plain(run.scan_history(keys=["_step", "loss"])),
    }
    try:
        done = run.download_history_exports(folder, require_complete_history=True)
        found["files"] = [str(path) for path in done.paths]
    except Exception as error:
        found["refused"] = type(error).__name__
    print(json.dumps(found))


{"log": log, "read": read}[sys.argv[1]](*sys.argv[2:])
