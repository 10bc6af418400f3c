import { Link } from '@tanstack/react-router'
import { Lock } from 'lucide-react'
import { parseJson } from '../../api/request.ts'
import type { RunSummary } from '../../api/runs.ts'
import { formatNumber } from '../../lib/format.ts'
import { commonMetrics } from '../../lib/run.ts'
import { count, has, pageToggled, toggled, type Selection } from '../../lib/selection.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Author } from '../../ui/Author.tsx'
import { Duration } from '../../ui/Duration.tsx'
import { State } from '../../ui/State.tsx'
import { Tag } from '../../ui/Tag.tsx'

const METRIC_COLUMNS = 3

type Props = { runs: RunSummary[]; entity: string; project: string; selection: Selection; onSelect: (selection: Selection) => void }

/** Runs in rows with what they have in common, each to be picked. */
export function RunTable({ runs, entity, project, selection, onSelect }: Props) {
  const summaries = new Map(runs.map((run) => [run.id, parseJson<Record<string, unknown>>(run.summaryMetrics, {})]))
  const metrics = commonMetrics([...summaries.values()], METRIC_COLUMNS)
  const names = runs.map((run) => run.name)
  const whole = names.every((name) => has(selection, name))
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Runs">
      <table className="table">
        <thead>
          <tr>
            <th className="table-pick">
              <input
                type="checkbox" aria-label="Pick all runs on this page" checked={whole}
                ref={(box) => {
                  if (box) box.indeterminate = !whole && count(selection) > 0
                }}
                onChange={() => onSelect(pageToggled(selection, names))}
              />
            </th>
            <th>Name</th>
            <th>State</th>
            {metrics.map((key) => <th key={key} className="number">{key}</th>)}
            <th>User</th>
            <th>Created</th>
            <th className="number">Duration</th>
            <th>Tags</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} aria-selected={has(selection, run.name)}>
              <td className="table-pick">
                <input type="checkbox" aria-label={`Pick ${run.displayName || run.name}`} checked={has(selection, run.name)} onChange={() => onSelect(toggled(selection, run.name, names))} />
              </td>
              <td>
                <Link to="/$entity/$project/runs/$run" params={{ entity, project, run: run.name }}>{run.displayName || run.name}</Link>
                {run.locked ? <span title="Locked against deletion" className="run-locked"><Lock size={11} aria-label="locked" /></span> : null}
              </td>
              <td><State state={run.state} /></td>
              {metrics.map((key) => <td key={key} className="number"><Metric value={summaries.get(run.id)?.[key]} /></td>)}
              <td><Author run={run} /></td>
              <td><Ago time={run.createdAt} /></td>
              <td className="number"><Duration run={run} /></td>
              <td>{run.tags.map((tag) => <Tag key={tag}>{tag}</Tag>)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Metric({ value }: { value: unknown }) {
  return typeof value === 'number' ? <span title={String(value)}>{formatNumber(value)}</span> : <span className="quiet">—</span>
}
