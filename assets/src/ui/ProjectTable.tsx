import { Link } from '@tanstack/react-router'
import type { Project } from '../api/projects.ts'
import { Ago } from './Ago.tsx'

export function ProjectTable({ projects, label }: { projects: Project[]; label: string }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="table">
        <thead>
          <tr><th>Project</th><th className="number">Runs</th><th>Last run</th><th>Created</th></tr>
        </thead>
        <tbody>
          {projects.map(({ id, name, entityName, description, runCount, lastRunAt, createdAt }) => (
            <tr key={id}>
              <td title={description ?? undefined}>
                <Link to="/$entity/$project" params={{ entity: entityName, project: name }}>{name}</Link>
              </td>
              <td className="number">{runCount}</td>
              <td><Ago time={lastRunAt} /></td>
              <td><Ago time={createdAt} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
