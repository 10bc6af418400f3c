import { compared } from '../../../lib/compare.ts'
import { formatValue } from '../../../lib/format.ts'
import { shownName } from '../../../lib/report/runs.ts'
import { PanelFrame } from '../../../ui/PanelFrame.tsx'
import type { PanelProps } from './PanelView.tsx'

/** Runs that are set side by side at most. */
const RUNS = 10

/** What runs were given and what came out, a column a run. */
export function Comparer({ panel: { config }, data }: PanelProps) {
  const runs = data.runs.slice(0, RUNS)
  const onlyDiffers = Boolean(config['diffOnly'])
  const parts = [['Config', runs.map((run) => run.config)], ['Summary', runs.map((run) => Object.fromEntries(Object.entries(run.summary).filter(([key]) => !key.startsWith('_'))))]] as const
  const note = [onlyDiffers ? 'only what differs' : '', data.runs.length > runs.length ? `${runs.length} of ${data.runs.length} runs` : ''].filter(Boolean).join('; ') || null
  return (
    <PanelFrame title="Run comparer" note={note}>
      {runs.length === 0 ? <p className="panel-empty quiet">{data.isPending ? '' : 'No runs.'}</p> : (
        <div className="panel-points comparer" tabIndex={0} role="group" aria-label="Runs side by side">
          <table className="table">
            <thead><tr><th>Key</th>{runs.map((run) => <th key={run.name} scope="col">{shownName(run)}</th>)}</tr></thead>
            {parts.map(([part, documents]) => {
              const rows = compared([...documents]).filter((row) => !onlyDiffers || row.differs)
              return (
                <tbody key={part}>
                  <tr><th scope="rowgroup" colSpan={runs.length + 1}>{part}</th></tr>
                  {rows.length === 0 ? <tr><td className="quiet" colSpan={runs.length + 1}>{onlyDiffers ? 'The same for all of them.' : 'None.'}</td></tr> : null}
                  {rows.map(({ path, values }) => (
                    <tr key={path}>
                      <th scope="row"><code>{path}</code></th>
                      {values.map((value, index) => <td key={index} className={typeof value === 'number' ? 'number' : undefined} title={formatValue(value)}>{value === undefined ? <span className="quiet">—</span> : formatValue(value)}</td>)}
                    </tr>
                  ))}
                </tbody>
              )
            })}
          </table>
        </div>
      )}
    </PanelFrame>
  )
}
