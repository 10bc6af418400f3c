import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { projectSettingsQuery } from '../../api/projectSettings.ts'
import { Loading } from '../../ui/Loading.tsx'
import { ProjectTabs } from '../../ui/ProjectTabs.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import { Webhooks } from '../team/Webhooks.tsx'
import { Alerts } from './Alerts.tsx'
import { DeleteProject } from './DeleteProject.tsx'
import { Firings } from './Firings.tsx'
import { NamedMembers } from './NamedMembers.tsx'
import { ProjectGeneral } from './ProjectGeneral.tsx'
import '../../ui/sections.css'

/** What a project is about, who sees it, whom it tells of its runs, and its end. */
export function ProjectSettingsPage() {
  const { entity = '', project = '' } = useParams({ strict: false })
  useTitle(`Settings · ${project}`)
  const query = useQuery(projectSettingsQuery({ entity, project }))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  return (
    <div className="page">
      <div className="page-head"><h1>Project settings</h1></div>
      <ProjectTabs entity={entity} project={project} current="settings" />
      {!query.data ? <Loading what="the settings" /> : (
        <>
          <ProjectGeneral project={query.data} />
          <NamedMembers project={query.data} />
          {query.data.can_read ? (
            <>
              <Alerts address={{ entity, project }} mayWrite={query.data.can_alert} />
              <Firings address={{ entity, project }} />
            </>
          ) : null}
          {query.data.is_personal ? <Webhooks entity={entity} mayManage={query.data.can_manage} /> : null}
          <DeleteProject project={query.data} />
        </>
      )}
    </div>
  )
}
