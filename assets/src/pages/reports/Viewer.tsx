import { useMemo } from 'react'
import type { Report } from '../../api/reports.ts'
import { headings, readSpec, widthOf, type Spec } from '../../lib/report/spec.ts'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { AllBlocks } from './blocks/Blocks.tsx'
import { ReportContext } from './context.ts'
import { ReportHead } from './ReportHead.tsx'
import { Talked } from './talk/Talked.tsx'
import './report.css'
import './print.css'

/** A report as it is read, with panels that live. */
export function Viewer({ report, byLink }: { report: Report; byLink: boolean }) {
  const { id, entity, project } = report
  const read = useMemo((): { spec: Spec | null; error: Error | null } => {
    try {
      return { spec: readSpec(report.spec), error: null }
    } catch (error) {
      return { spec: null, error: error instanceof Error ? error : new Error(String(error)) }
    }
  }, [report.spec])
  const context = useMemo(() => ({ home: { report: id, entity, project }, headings: headings(read.spec?.blocks ?? []), byLink }), [id, entity, project, read, byLink])
  const blocks = read.spec?.blocks ?? []
  const isOld = read.spec !== null && 'panelGroups' in read.spec && blocks.length === 0
  const width = read.spec ? widthOf(read.spec) : 'readable'
  const article = (
    <article className={`report report-${width}`}>
      <ReportHead report={report} byLink={byLink} />
      <ErrorText error={read.error} />
      {isOld ? <p className="kept-block">This report was written by a release of the client from before 2020, in a form that is not shown here. It is kept as it is.</p> : null}
      {report.kind === 'workspace' ? <p className="kept-block">This is a workspace that was saved with the client; its panels are not laid out here.</p> : null}
      <ReportContext value={context}>
        <div className="report-body"><AllBlocks blocks={blocks} /></div>
      </ReportContext>
    </article>
  )
  return (
    <div className="page report-page">
      {byLink ? null : <div className="report-tabs"><ProjectTabs entity={entity} project={project} current="reports" /></div>}
      {byLink || report.kind !== 'report' ? article : <Talked report={report} width={width}>{article}</Talked>}
    </div>
  )
}
