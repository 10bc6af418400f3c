import { useQuery } from '@tanstack/react-query'
import { historyQuery, MEDIA, type MediaKind } from '../../../api/runs.ts'
import { textOr, texts } from '../../../lib/report/grid.ts'
import { shownName, within, type PanelRun } from '../../../lib/report/runs.ts'
import { toNumber } from '../../../lib/series.ts'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { PanelFrame } from '../../../ui/PanelFrame.tsx'
import { Media } from '../../run/Media.tsx'
import { useReport } from '../context.ts'
import type { PanelProps } from './PanelView.tsx'

/** Runs whose media are shown at most. */
const RUNS = 6

/** Files that runs logged under the keys, a step at a time. */
export function MediaBrowser({ panel: { config }, data }: PanelProps) {
  const { byLink } = useReport()
  const keys = texts(config['mediaKeys'])
  const title = textOr(config['chartTitle'], keys.join(', ') || 'Media')
  const pairs = data.runs.flatMap((run) => keys.flatMap((key) => {
    const kind = kindOf(within(run.summary, key))
    return kind ? [{ run, key, kind }] : []
  }))
  const shown = pairs.slice(0, RUNS)
  const note = pairs.length > shown.length ? `${shown.length} of ${pairs.length}` : null
  return (
    <PanelFrame title={title} note={note}>
      {byLink ? <p className="panel-empty quiet">Media are shown to people who are signed in: a shared link shows numbers alone.</p> : null}
      {!byLink && shown.length === 0 ? <p className="panel-empty quiet">{data.isPending ? '' : 'No run has logged such media.'}</p> : null}
      {byLink ? null : <div className="media-runs" tabIndex={0} role="group" aria-label={title}>{shown.map(({ run, key, kind }) => <RunMedia key={`${run.name} ${key}`} run={run} name={key} kind={kind} />)}</div>}
    </PanelFrame>
  )
}

/** What kind of media a value of the summary is: `image-file`, `images/separated`. */
function kindOf(value: unknown): MediaKind | null {
  const type = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['_type'] : null
  return typeof type === 'string' ? (MEDIA.find((kind) => type.startsWith(`${kind}-`) || type.startsWith(`${kind}s/`)) ?? null) : null
}

function RunMedia({ run, name, kind }: { run: PanelRun; name: string; kind: MediaKind }) {
  const address = { entity: run.entity, project: run.project, run: run.name }
  // A running run logs more with its steps.
  const history = useQuery(historyQuery(address, [name], toNumber(run.summary['_step'])))
  return (
    <div>
      <p className="media-run truncate">{shownName(run)}</p>
      <ErrorText error={history.error} />
      <Media name={name} kind={kind} address={address} rows={history.data?.get(name) ?? []} />
    </div>
  )
}
