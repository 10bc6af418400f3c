import { useInfiniteQuery } from '@tanstack/react-query'
import { filesQuery, isLive } from '../../api/runs.ts'
import { formatSize } from '../../lib/format.ts'
import { archivePath, filePath } from '../../paths.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Loading } from '../../ui/Loading.tsx'
import type { TabProps } from './RunPage.tsx'

/** The files that the run saved; a name downloads it. */
export function Files({ address, run }: TabProps) {
  const query = useInfiniteQuery(filesQuery(address, isLive(run.state)))
  if (!query.data) return query.error ? <ErrorText error={query.error} /> : <Loading what="files" />
  const files = query.data.pages.flatMap((page) => page.files.edges.map((edge) => edge.node))
  const whole = (
    <p>
      <a href={archivePath(address)} download={`${address.run}.zip`}>Download the run as ZIP</a>{' '}
      <span className="quiet">Config, summary, metrics, files, and the artifacts that it used and made, with a list of their digests.</span>
    </p>
  )
  if (files.length === 0) return <>{whole}<p className="run-empty quiet">This run has no files yet.</p></>
  return (
    <div className="card run-files">
      {whole}
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Files">
        <table className="table">
          <thead><tr><th>Name</th><th className="number">Size</th><th>Type</th><th>Updated</th></tr></thead>
          <tbody>
            {files.map(({ id, name, sizeBytes, mimetype, updatedAt }) => (
              <tr key={id}>
                <td><a href={filePath(address.entity, address.project, address.run, name)} download={name.split('/').at(-1)}>{name}</a></td>
                <td className="number" title={`${sizeBytes} bytes`}>{formatSize(Number(sizeBytes))}</td>
                <td>{mimetype ?? <span className="quiet">—</span>}</td>
                <td><Ago time={updatedAt} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage ? (
        <div className="table-more"><Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show more files</Button></div>
      ) : null}
    </div>
  )
}
