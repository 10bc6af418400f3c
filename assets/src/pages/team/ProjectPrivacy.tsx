import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { changeProject, projectsSettingsQuery, type ProjectSettings } from '../../api/projectSettings.ts'
import type { Team } from '../../api/teams.ts'
import { VISIBILITIES, type Visibility } from '../../lib/roles.ts'
import { readSort, sorted, writeSort } from '../../lib/sort.ts'
import { CsvButton } from '../../ui/CsvButton.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { SortHead } from '../../ui/SortHead.tsx'
import { useUrl } from '../../ui/useUrl.ts'

const COLUMNS = ['project', 'visibility', 'owner', 'restricted_members', 'public_links', 'runs']

/** Who sees which of a team's projects: all of them in one table, for looking over and for taking along. */
export function ProjectPrivacy({ team }: { team: Team }) {
  const projects = useQuery(projectsSettingsQuery(team.name))
  const [url, setUrl] = useUrl()
  const text = url['project'] ?? ''
  const sort = readSort(url['sort'], 'project')
  const all = projects.data ?? []
  const shown = sorted(all.filter((project) => matches(project, text, url['visibility'] ?? '')), sort, (project, column) => cells(project)[COLUMNS.indexOf(column)] ?? null)
  const onSort = (chosen: typeof sort) => setUrl({ sort: writeSort(chosen) })
  return (
    <section className="card section" aria-label="Privacy of projects">
      <h2>Projects</h2>
      <div className="table-tools">
        <Field label="Find projects" type="search" value={text} onChange={(event) => setUrl({ project: event.target.value })} placeholder="a part of the name or owner" />
        <Select label="Visibility" value={url['visibility'] ?? ''} options={[['', 'All'], ...VISIBILITIES]} onChange={(event) => setUrl({ visibility: event.target.value })} />
        <CsvButton name={`privacy-of-${team.name}`} columns={COLUMNS} rows={() => shown.map(cells)} />
      </div>
      <ErrorText error={projects.error} />
      {projects.isPending ? <Loading what="projects" /> : null}
      {projects.data && shown.length === 0 ? (
        <EmptyRows text="This team has no projects yet." filter={all.length > 0 ? text || (url['visibility'] ?? '') : ''} onClear={() => setUrl({ project: '', visibility: '' })} />
      ) : null}
      {shown.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Who sees the projects">
          <table className="table">
            <thead>
              <tr>
                <SortHead name="Project" column="project" sort={sort} onSort={onSort} />
                <SortHead name="Visibility" column="visibility" sort={sort} onSort={onSort} />
                <SortHead name="Owner" column="owner" sort={sort} onSort={onSort} />
                <SortHead name="Restricted members" column="restricted_members" sort={sort} onSort={onSort} number />
                <SortHead name="Public links" column="public_links" sort={sort} onSort={onSort} number />
                <SortHead name="Runs" column="runs" sort={sort} onSort={onSort} number />
              </tr>
            </thead>
            <tbody>{shown.map((project) => <Row key={project.name} project={project} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

const cells = ({ name, visibility, owner, named_members: named, public_links: links, runs }: ProjectSettings) => [name, visibility, owner, named, links, runs]

function matches({ name, owner, visibility }: ProjectSettings, text: string, wanted: string): boolean {
  const sought = text.toLowerCase()
  return (wanted === '' || visibility === wanted) && [name, owner ?? ''].some((word) => word.toLowerCase().includes(sought))
}

function Row({ project }: { project: ProjectSettings }) {
  const cache = useQueryClient()
  const address = { entity: project.entity, project: project.name }
  const changing = useMutation({
    mutationFn: (visibility: Visibility) => changeProject(address, { visibility }),
    onSettled: () => cache.invalidateQueries({ queryKey: projectsSettingsQuery(project.entity).queryKey }),
  })
  return (
    <tr>
      <td><Link to="/$entity/$project/settings" params={address}>{project.name}</Link></td>
      <td>
        {project.can_manage ? (
          <Select
            label={`Visibility of ${project.name}`}
            hidden
            options={VISIBILITIES}
            value={project.visibility}
            disabled={changing.isPending}
            onChange={(event) => changing.mutate(event.target.value as Visibility)}
          />
        ) : VISIBILITIES.find(([value]) => value === project.visibility)?.[1]}
        <ErrorText error={changing.error} />
      </td>
      <td>{project.owner}{project.owner_left ? <span className="quiet"> owner left</span> : null}</td>
      <td className="number">{project.named_members}</td>
      <td className="number">{project.public_links}</td>
      <td className="number">{project.runs}</td>
    </tr>
  )
}
