"""Tries to begin a run; prints how that went."""

import json
import sys
import time

import wandb

wandb.setup()  # starts the client's helper, which takes as long as the machine is busy
start = time.time()
try:
    wandb.init(project=sys.argv[2] if len(sys.argv) > 2 else "p", entity=sys.argv[1] or None)
    print(json.dumps({"error": None}))
except Exception as error:  # whatever the client raises is what its user sees
    print(json.dumps({"error": str(error), "seconds": time.time() - start}))
