import { Tabs } from './Tabs.tsx'

/** The parts of a project. */
export function ProjectTabs({ entity, project, current }: { entity: string; project: string; current: 'runs' | 'reports' | 'artifacts' | 'storage' | 'trash' | 'settings' }) {
  const base = `/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`
  return (
    <Tabs
      label="Parts of the project"
      tabs={[
        { to: `${base}/runs`, name: 'Runs', current: current === 'runs' },
        { to: `${base}/reports`, name: 'Reports', current: current === 'reports' },
        { to: `${base}/artifacts`, name: 'Artifacts', current: current === 'artifacts' },
        { to: `${base}/storage`, name: 'Storage', current: current === 'storage' },
        { to: `${base}/trash`, name: 'Trash', current: current === 'trash' },
        { to: `${base}/settings`, name: 'Settings', current: current === 'settings' },
      ]}
    />
  )
}
