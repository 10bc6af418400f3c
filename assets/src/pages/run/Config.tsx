import { parseJson } from '../../api/request.ts'
import { plainConfig } from '../../lib/tree.ts'
import { KeyTree } from '../../ui/KeyTree.tsx'
import type { TabProps } from './RunPage.tsx'

/** What went into the run, and what came out. */
export function Config({ run }: TabProps) {
  return (
    <div className="run-columns">
      <KeyTree title="Config" values={plainConfig(parseJson(run.config, {}))} empty="This run has no configuration. Pass config={…} to wandb.init." />
      <KeyTree title="Summary" values={parseJson(run.summaryMetrics, {})} empty="No summary yet." />
    </div>
  )
}
