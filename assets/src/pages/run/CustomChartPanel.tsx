import { useQuery } from '@tanstack/react-query'
import { Table2 } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { keptChartQuery, tableQuery, type Row, type RunAddress } from '../../api/runs.ts'
import { fill, presetSpec, type CustomChart, type Spec } from '../../lib/customChart.ts'
import { toFiles } from '../../lib/series.ts'
import { toRecords, type Table } from '../../lib/table.ts'
import { Button } from '../../ui/Button.tsx'
import { DataTable } from '../../ui/DataTable.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { useStep } from './Media.tsx'

/** A chart that the run's code specified, over the table it logged with it; and that table. */
export function CustomChartPanel({ chart, address, rows }: { chart: CustomChart; address: RunAddress; rows: Row[] }) {
  const [asTable, setAsTable] = useState(false)
  const { shown, picker } = useStep(toFiles(rows, chart.tableKey))
  const path = shown?.files[0]?.path
  const table = useQuery({ ...tableQuery(address, path ?? ''), enabled: path !== undefined })
  const preset = useMemo(() => presetSpec(chart), [chart])
  const kept = useQuery({ ...keptChartQuery(chart.definition), enabled: preset === null })
  const spec = useMemo(() => preset ?? (kept.data ? fill(kept.data, chart) : null), [preset, kept.data, chart])
  return (
    <figure className="card panel">
      <figcaption className="panel-head">
        <span className="panel-title truncate" title={chart.key}>{chart.key}</span>
        <Button kind="icon" aria-pressed={asTable} aria-label={`${chart.key} as a table`} title="Show as a table" onClick={() => setAsTable(!asTable)}>
          <Table2 size={14} aria-hidden />
        </Button>
      </figcaption>
      <div className="panel-body">
        <ErrorText error={table.error ?? kept.error} />
        {table.data && (asTable || kept.error) ? <DataTable name={chart.key} table={table.data} /> : null}
        {table.data && spec && !asTable ? <Drawing name={chart.key} spec={spec} table={table.data} /> : null}
      </div>
      {picker}
    </figure>
  )
}

/** The chart; where it cannot be drawn, why, and its table. */
function Drawing({ name, spec, table }: { name: string; spec: Spec; table: Table }) {
  const element = useRef<HTMLDivElement>(null)
  const [failed, setFailed] = useState<string | null>(null)
  useEffect(() => {
    let end: (() => void) | null = null
    let isGone = false
    setFailed(null)
    const records = toRecords(table)
    // A view that is gone may still be told that something could not be loaded.
    const fail = (why: string) => {
      if (!isGone) setFailed(why)
    }
    import('../../charts/vega.ts').then(
      ({ mountVega }) => {
        if (!isGone && element.current) end = mountVega(element.current, spec, records, fail)
      },
      () => fail('what draws it could not be loaded; reload the page'),
    )
    return () => {
      isGone = true
      end?.()
    }
  }, [spec, table])
  const hasFailed = failed !== null
  return (
    <>
      {hasFailed ? (
        <>
          <ErrorText error={new Error(`This chart cannot be drawn: ${failed}`)} />
          <DataTable name={name} table={table} />
        </>
      ) : null}
      {/* It stays there after a failure: the next table may be one that can be drawn. */}
      <div ref={element} className={hasFailed ? 'custom-chart is-hidden' : 'custom-chart'} role="img" aria-hidden={hasFailed} aria-label={`Chart of ${name}, ${table.rows.length} rows`} />
    </>
  )
}
