import { counted, formatNumber } from '../../../lib/format.ts'
import { aggregate } from '../../../lib/report/curves.ts'
import { textOr, texts } from '../../../lib/report/grid.ts'
import { axisTitle, numberAt, shownName } from '../../../lib/report/runs.ts'
import { PanelFrame, PanelTable } from '../../../ui/PanelFrame.tsx'
import type { PanelProps } from './PanelView.tsx'

/** One number: the metric of the run, or what stands for that of several. */
export function Scalar({ panel: { config }, data }: PanelProps) {
  const metric = texts(config['metrics'])[0] ?? ''
  const agg = textOr(config['groupAgg'], 'mean')
  const having = data.runs.map((run) => ({ run, value: numberAt(run, metric) })).filter(({ value }) => Number.isFinite(value))
  const value = aggregate(having.map((one) => one.value), agg)
  const title = textOr(config['chartTitle'], axisTitle(metric))
  const [only] = having
  const expressions = Array.isArray(config['expressions']) && config['expressions'].length > 0 ? 'expressions are not calculated' : null
  return (
    <PanelFrame title={title} note={expressions} table={() => <PanelTable label={`Values of ${title}`} columns={['Run', axisTitle(metric)]} rows={having.map(({ run, value: one }) => [shownName(run), formatNumber(one)])} />}>
      {only === undefined ? <p className="panel-empty quiet">{data.isPending ? '' : 'No numbers yet.'}</p> : (
        <p className="scalar">
          <strong className="scalar-value">{formatNumber(value)}</strong>
          <span className="quiet">{having.length === 1 ? shownName(only.run) : `${agg} of ${counted(having.length, 'run')}`}</span>
        </p>
      )}
    </PanelFrame>
  )
}
