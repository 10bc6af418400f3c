"""Makes a run of ten steps, forks it after step 4, and cuts it back to step 6."""

import json

import wandb

run = wandb.init(project="branched")
for step in range(10):
    run.log({"value": step})
source = run.id
run.finish()
fork = wandb.init(project="branched", fork_from=f"{source}?_step=4")
fork.log({"value": 100})
forked = fork.id
fork.finish()
again = wandb.init(project="branched", resume_from=f"{source}?_step=6")
again.log({"value": 200})
again.finish()
print(json.dumps({"source": f"{again.entity}/branched/{source}", "fork": f"{fork.entity}/branched/{forked}"}))
