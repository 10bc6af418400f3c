import type { ComponentType } from 'react'
import type { PanelSpec } from '../../../lib/report/grid.ts'
import { PanelFrame } from '../../../ui/PanelFrame.tsx'
import { Markdown } from '../blocks/Markdown.tsx'
import { BarChart } from './BarChart.tsx'
import { Comparer } from './Comparer.tsx'
import { LinePlot } from './LinePlot.tsx'
import { MediaBrowser } from './MediaBrowser.tsx'
import { Parallel } from './Parallel.tsx'
import { Scalar } from './Scalar.tsx'
import { Scatter } from './Scatter.tsx'
import { Vega } from './Vega.tsx'
import type { GridData } from './useGridData.ts'

export type PanelProps = { panel: PanelSpec; data: GridData }

const VIEWS: Record<string, ComponentType<PanelProps>> = {
  'Run History Line Plot': LinePlot,
  'Bar Chart': BarChart,
  'Scalar Chart': Scalar,
  'Scatter Plot': Scatter,
  'Run Comparer': Comparer,
  'Parallel Coordinates Plot': Parallel,
  'Markdown Panel': Text,
  'Media Browser': MediaBrowser,
  Vega2: Vega,
}

/** A panel by its type; one that cannot be drawn here says so. */
export function PanelView({ panel, data }: PanelProps) {
  const View = VIEWS[panel.type]
  if (!View) return <PanelFrame title={panel.type}><p className="panel-empty quiet">Panels of the type “{panel.type}” are not drawn here. It is kept as it is.</p></PanelFrame>
  return <View panel={panel} data={data} />
}

function Text({ panel: { config } }: PanelProps) {
  return <figure className="card panel panel-text" tabIndex={0} aria-label="Text"><Markdown text={typeof config['value'] === 'string' ? config['value'] : ''} /></figure>
}
