import { useInfiniteQuery } from '@tanstack/react-query'
import { changesQuery, folderQuery, type Change, type Entry, type FolderItem } from '../../api/artifacts.ts'
import { counted, formatSize } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'
import { useUrl } from '../../ui/useUrl.ts'

type Props = { id: string; count: number; others: { version: string; id: string }[] }

/** The files of a version, folder by folder, or what differs from another version; the address keeps which. */
export function Files({ id, count, others }: Props) {
  const [url, change] = useUrl()
  const since = others.find(({ version }) => version === url['since'])
  return (
    <section className="card" aria-label="Files">
      <div className="artifact-files-head">
        <h2>Files</h2>
        <span className="quiet">{count}</span>
        {others.length > 0 ? (
          <Select
            label="Compare with"
            value={since?.version ?? ''}
            onChange={(event) => change({ since: event.target.value, folder: '' })}
            options={[['', 'no other version'], ...others.map(({ version }): [string, string] => [version, version])]}
          />
        ) : null}
      </div>
      {since ? <Changes id={id} since={since.id} version={since.version} /> : <Folder id={id} path={url['folder'] ?? ''} open={(folder) => change({ folder })} />}
    </section>
  )
}

function Folder({ id, path, open }: { id: string; path: string; open: (path: string) => void }) {
  const query = useInfiniteQuery(folderQuery(id, path))
  if (!query.data) return query.error ? <ErrorText error={query.error} /> : <Loading what="files" />
  const items = query.data.pages.flatMap((page) => page.edges.map((edge) => edge.node))
  return (
    <>
      <Path path={path} open={open} />
      <div className="table-scroll" tabIndex={0} role="region" aria-label="List of files">
        <table className="table">
          <thead><tr><th>Name</th><th className="number">Size</th></tr></thead>
          <tbody>
            {items.map((item) => (item.__typename === 'ArtifactFolder'
              ? <FolderRow key={`${item.name}/`} item={item} open={() => open(path === '' ? item.name : `${path}/${item.name}`)} />
              : <FileRow key={item.path} entry={item} name={item.path.split('/').at(-1) ?? item.path} />))}
          </tbody>
        </table>
      </div>
      {items.length === 0 ? <p className="quiet artifact-note">There is nothing in {path === '' ? 'this version' : path}.</p> : null}
      {query.hasNextPage ? (
        <div className="table-more">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more files</Button>
        </div>
      ) : null}
    </>
  )
}

/** The folders above, each a way back. */
function Path({ path, open }: { path: string; open: (path: string) => void }) {
  if (path === '') return null
  const parts = path.split('/')
  return (
    <nav aria-label="Folder" className="artifact-path">
      <button type="button" onClick={() => open('')}>All files</button>
      {parts.map((part, index) => {
        const here = parts.slice(0, index + 1).join('/')
        return <span key={here}> / {index === parts.length - 1 ? <span aria-current="location">{part}</span> : <button type="button" onClick={() => open(here)}>{part}</button>}</span>
      })}
    </nav>
  )
}

function FolderRow({ item, open }: { item: Extract<FolderItem, { __typename: 'ArtifactFolder' }>; open: () => void }) {
  return (
    <tr>
      <td><button type="button" className="artifact-folder" onClick={open}>{item.name}/</button> <span className="quiet">{counted(item.fileCount, 'file')}</span></td>
      <td className="number" title={`${item.sizeBytes} bytes`}>{formatSize(item.sizeBytes)}</td>
    </tr>
  )
}

function FileRow({ entry, name }: { entry: Entry; name: string }) {
  return (
    <tr>
      <td><EntryLink entry={entry} name={name} /></td>
      <td className="number" title={`${entry.sizeBytes} bytes`}>{formatSize(entry.sizeBytes)}</td>
    </tr>
  )
}

/** A name downloads a file; a reference leads to where it lies, if a browser may open that. */
function EntryLink({ entry, name }: { entry: Entry; name: string }) {
  const url = entry.reference ?? entry.directUrl
  if (url && isLink(url)) return <a href={url} download={entry.path.split('/').at(-1)}>{name}</a>
  return <span title={entry.reference ?? undefined}>{name} {entry.reference ? <span className="quiet">{entry.reference}</span> : null}</span>
}

/** References may name places that a browser must not open, or cannot. */
function isLink(url: string): boolean {
  return url.startsWith('https://') || url.startsWith('http://')
}

function Changes({ id, since, version }: { id: string; since: string; version: string }) {
  const query = useInfiniteQuery(changesQuery(id, since))
  if (!query.data) return query.error ? <ErrorText error={query.error} /> : <Loading what="differences" />
  const changes = query.data.pages.flatMap((page) => page.edges.map((edge) => edge.node))
  if (changes.length === 0) return <p className="quiet artifact-note">The files are those of {version}.</p>
  return (
    <>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={`Differences from ${version}`}>
        <table className="table">
          <thead><tr><th>File</th><th>Since {version}</th><th className="number">Size there</th><th className="number">Size here</th></tr></thead>
          <tbody>
            {changes.map((change) => (
              <tr key={change.path}>
                <td>{change.after ? <EntryLink entry={change.after} name={change.path} /> : <del>{change.path}</del>}</td>
                <td>{what(change)}</td>
                <td className="number">{change.before ? formatSize(change.before.sizeBytes) : '—'}</td>
                <td className="number">{change.after ? formatSize(change.after.sizeBytes) : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage ? (
        <div className="table-more">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more differences</Button>
        </div>
      ) : null}
    </>
  )
}

function what({ before, after }: Change): string {
  if (!before) return 'added'
  return after ? 'changed' : 'removed'
}
