import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { historyQuery } from '../../../api/runs.ts'
import { chartOf, type CustomChart } from '../../../lib/customChart.ts'
import { shownName, type PanelRun } from '../../../lib/report/runs.ts'
import { toNumber } from '../../../lib/series.ts'
import { ErrorText } from '../../../ui/ErrorText.tsx'
import { PanelFrame } from '../../../ui/PanelFrame.tsx'
import { Select } from '../../../ui/Select.tsx'
import { CustomChartPanel } from '../../run/CustomChartPanel.tsx'
import { useReport } from '../context.ts'
import type { PanelProps } from './PanelView.tsx'

/** A chart that people specify, over a table that a run logged; of several runs one at a time. */
export function Vega({ panel: { config }, data }: PanelProps) {
  const { byLink } = useReport()
  const [picked, setPicked] = useState('')
  const chart = chartOf(config)
  const having = chart ? data.runs.filter((run) => chart.tableKey in run.summary) : []
  const run = having.find((one) => one.name === picked) ?? having[0]
  if (byLink) return <PanelFrame title="Custom chart"><p className="panel-empty quiet">Custom charts are shown to people who are signed in: a shared link shows numbers alone.</p></PanelFrame>
  if (!chart || chart.tableKey === '') return <PanelFrame title="Custom chart"><p className="panel-empty quiet">This custom chart asks for something else than a logged table, which this server does not draw.</p></PanelFrame>
  if (!run) return <PanelFrame title={chart.key || 'Custom chart'}><p className="panel-empty quiet">{data.isPending ? '' : `No run has logged the table “${chart.tableKey}”.`}</p></PanelFrame>
  return (
    <div className="vega-runs">
      {having.length > 1 ? <Select label="Run" value={run.name} options={having.map((one) => [one.name, shownName(one)])} onChange={(event) => setPicked(event.target.value)} /> : null}
      <OfRun key={run.name} chart={chart} run={run} />
    </div>
  )
}

function OfRun({ chart, run }: { chart: CustomChart; run: PanelRun }) {
  const address = { entity: run.entity, project: run.project, run: run.name }
  const history = useQuery(historyQuery(address, [chart.tableKey], toNumber(run.summary['_step'])))
  return (
    <>
      <ErrorText error={history.error} />
      <CustomChartPanel chart={chart} address={address} rows={history.data?.get(chart.tableKey) ?? []} />
    </>
  )
}
