import { Link } from '@tanstack/react-router'
import { ArrowDown, ArrowUp, Minus } from 'lucide-react'
import type { ComparedRun } from '../../api/runs.ts'
import { against, turned, type Compared, type Direction } from '../../lib/compare.ts'
import { formatNumber } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import '../../ui/table.css'

type Judged = { directionOf: (path: string) => Direction; onDirection: (path: string, direction: Direction) => void }
type Props = { title: string; runs: ComparedRun[]; base: number; entity: string; project: string; rows: Compared[]; total: number; judged?: Judged }

const WORDS = { up: 'more is better', down: 'less is better', none: 'neither is better' }

/** What runs have under the same keys, a column a run; numbers that can be judged are held against the baseline. */
export function Differences({ title, runs, base, entity, project, rows, total, judged }: Props) {
  return (
    <section className="card section" aria-label={title}>
      <h2>{title} <span className="quiet">{rows.length === total ? total : `${rows.length} of ${total}`}</span></h2>
      {rows.length === 0 ? <p className="quiet">{total === 0 ? 'These runs have none.' : 'It is the same for all of them.'}</p> : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`${title} of the runs`}>
          <table className="table compare-table">
            <thead>
              <tr>
                <th>Key</th>
                {runs.map((run, index) => (
                  <th key={run.id} scope="col">
                    <span className={`compare-color compare-color-${(index % 8) + 1}`} aria-hidden />{' '}
                    <Link to="/$entity/$project/runs/$run" params={{ entity, project, run: run.name }}>{run.displayName || run.name}</Link>
                    {index === base ? <span className="quiet"> baseline</span> : null}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ path, values }) => {
                const direction = judged?.directionOf(path) ?? null
                return (
                  <tr key={path}>
                    <th scope="row" className="compare-key">
                      <code>{path}</code>
                      {judged && values.some((value) => typeof value === 'number') ? <Turn path={path} direction={direction} onTurn={() => judged.onDirection(path, turned(direction))} /> : null}
                    </th>
                    {values.map((value, index) => (
                      <td key={runs[index]?.id} className={typeof value === 'number' ? 'number' : undefined}>
                        <Value value={value} />
                        {judged && index !== base ? <Delta value={value} base={values[base]} direction={direction} /> : null}
                      </td>
                    ))}
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Turn({ path, direction, onTurn }: { path: string; direction: Direction; onTurn: () => void }) {
  const Icon = direction === 'up' ? ArrowUp : direction === 'down' ? ArrowDown : Minus
  const words = WORDS[direction ?? 'none']
  return <Button kind="icon" aria-label={`${path}: ${words}`} title={`${words}; click to change`} onClick={onTurn}><Icon size={12} aria-hidden /></Button>
}

function Value({ value }: { value: unknown }) {
  if (value === undefined) return <span className="quiet">—</span>
  if (typeof value === 'number') return <span title={String(value)}>{formatNumber(value)}</span>
  return <span className="truncate compare-text" title={String(value)}>{typeof value === 'string' ? value : JSON.stringify(value)}</span>
}

/** The difference to the baseline, in words too: colour is not the only sign. */
function Delta({ value, base, direction }: { value: unknown; base: unknown; direction: Direction }) {
  const found = against(value, base, direction)
  if (!found || found.verdict === 'same') return null
  const { delta, verdict } = found
  return (
    <span className={`compare-delta ${verdict ? `compare-${verdict}` : 'quiet'}`}>
      {delta > 0 ? '+' : '−'}{formatNumber(Math.abs(delta))}{verdict ? <> {verdict}</> : null}
    </span>
  )
}
