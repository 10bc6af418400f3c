"""Makes a run of ten steps, forks it after step 4, and, told to, cuts it back to step 6."""

import json
import sys

import wandb

run = wandb.init(project="branched", config={"lr": 0.1})
for step in range(10):
    run.log({"value": step})
print("said before the branch")
source = run.id
run.finish()
fork = wandb.init(project="branched", fork_from=f"{source}?_step=4")
fork.log({"value": 100})
path = f"{fork.entity}/branched"
forked = fork.id
fork.finish()
if "rewind" in sys.argv:
    again = wandb.init(project="branched", resume_from=f"{source}?_step=6")
    again.log({"value": 200})
    again.finish()
print(json.dumps({"source": f"{path}/{source}", "fork": f"{path}/{forked}"}))
