import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { versionQuery, type Membership, type RunLink, type Version } from '../../api/artifacts.ts'
import { parseJson } from '../../api/request.ts'
import { formatDuration, formatSize, formatValue } from '../../lib/format.ts'
import { Ago } from '../../ui/Ago.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Problem } from '../Problem.tsx'
import { DeleteArtifact } from './DeleteArtifact.tsx'
import { Files } from './Files.tsx'
import { LineageTable } from './LineageTable.tsx'
import './artifacts.css'

/** A version of an artifact: what it is, its files, who made it and who used it. */
export function VersionPage() {
  const { entity = '', project = '', name = '', version = 'latest' } = useParams({ strict: false }) as Record<string, string>
  useTitle(`${name}:${version} · ${project}`)
  const query = useQuery(versionQuery({ entity, project, name: `${name}:${version}` }))
  if (query.error && !query.data) return <Problem error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <div className="page"><Loading what="the artifact" rows={6} /></div>
  const { artifact } = query.data
  const place = `${entity}/${project}/${name}:v${query.data.versionIndex}`
  return (
    <div className="page">
      <div className="page-head">
        <h1 className="truncate">{name}:v{query.data.versionIndex}</h1>
        {query.data.aliases.filter(({ alias }) => alias !== `v${query.data.versionIndex}`).map(({ alias }) => <Tag key={alias}>{alias}</Tag>)}
        <Link to="/$entity/$project/artifacts" params={{ entity, project }} className="quiet">All artifacts</Link>
      </div>
      <div className="artifact-columns">
        <div className="artifact-stack">
          <Facts artifact={artifact} />
          <Runs title="Made by" runs={artifact.createdBy?.__typename === 'Run' ? [artifact.createdBy] : []} />
          <Runs title="Used by" runs={artifact.usedBy.edges.map((edge) => edge.node)} />
          <Versions membership={query.data} entity={entity} project={project} name={name} />
          <DeleteArtifact membership={query.data} entity={entity} project={project} name={name} />
        </div>
        <div className="artifact-stack">
          <section className="card artifact-card" aria-label="Use it">
            <h2>Use it</h2>
            <CodeBlock text={`artifact = run.use_artifact("${place}")\nfolder = artifact.download()`} what="Code that downloads this version" />
            {artifact.archiveUrl ? <p><a href={artifact.archiveUrl} download>Download all files as ZIP</a></p> : <p className="quiet">Your role here shows what there is; to download it takes the role viewer.</p>}
          </section>
          <Metadata text={artifact.metadata} />
          <Files id={artifact.id} count={artifact.fileCount} others={others(query.data)} />
          <LineageTable id={artifact.id} />
        </div>
      </div>
    </div>
  )
}

/** The other versions of the collection, to compare with. */
function others(membership: Membership): { version: string; id: string }[] {
  const edges = membership.artifactCollection?.artifacts.edges ?? []
  return edges.flatMap(({ version, node }) => (node && node.id !== membership.artifact?.id ? [{ version, id: node.id }] : []))
}

function Facts({ artifact }: { artifact: Version }) {
  const author = artifact.createdBy?.__typename === 'User' ? artifact.createdBy.username : null
  const facts: [string, ReactNode][] = [
    ['Description', artifact.description],
    ['Type', artifact.artifactType.name],
    ['Made', <Ago time={artifact.createdAt} />],
    ['By', author],
    ['Size', <span title={`${artifact.size} bytes`}>{formatSize(artifact.size)}</span>],
    ['Files', String(artifact.fileCount)],
    ['Kept for', artifact.ttlDurationSeconds > 0 ? formatDuration(artifact.ttlDurationSeconds * 1000) : null],
    ['Tags', artifact.tags.length > 0 ? artifact.tags.map(({ name }) => <Tag key={name}>{name}</Tag>) : null],
    ['Digest', <code>{artifact.digest}</code>],
  ]
  return (
    <section className="card artifact-card" aria-label="Facts">
      <h2>Facts</h2>
      <dl className="artifact-facts">
        {facts.filter(([, value]) => value !== null && value !== '').map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
    </section>
  )
}

function Runs({ title, runs }: { title: string; runs: RunLink[] }) {
  return (
    <section className="card artifact-card" aria-label={title}>
      <h2>{title}</h2>
      {runs.length === 0 ? <p className="quiet">No run.</p> : null}
      <ul className="artifact-list">
        {runs.map((run) => (
          <li key={`${run.project.entityName}/${run.project.name}/${run.name}`}>
            <Link to="/$entity/$project/runs/$run" params={{ entity: run.project.entityName, project: run.project.name, run: run.name }}>
              {run.displayName || run.name}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Versions({ membership, entity, project, name }: { membership: Membership; entity: string; project: string; name: string }) {
  const versions = membership.artifactCollection?.artifacts
  const type = membership.artifact?.artifactType.name ?? ''
  if (!versions || versions.totalCount < 2) return null
  return (
    <section className="card artifact-card" aria-label="Versions">
      <h2>Versions</h2>
      <ul className="artifact-versions">
        {versions.edges.map(({ version }) => (
          <li key={version}>
            {version === `v${membership.versionIndex}` ? <strong aria-current="page">{version}</strong> : (
              <Link to="/$entity/$project/artifacts/$type/$name/$version" params={{ entity, project, type, name, version }}>{version}</Link>
            )}
          </li>
        ))}
        {versions.totalCount > versions.edges.length ? <li className="quiet">and {versions.totalCount - versions.edges.length} older</li> : null}
      </ul>
    </section>
  )
}

function Metadata({ text }: { text: string | null }) {
  const entries = Object.entries(parseJson<Record<string, unknown>>(text, {}))
  if (entries.length === 0) return null
  return (
    <section className="card artifact-card" aria-label="Metadata">
      <h2>Metadata</h2>
      <dl className="artifact-facts">
        {entries.map(([key, value]) => <div key={key}><dt className="truncate" title={key}>{key}</dt><dd>{formatValue(value)}</dd></div>)}
      </dl>
    </section>
  )
}
