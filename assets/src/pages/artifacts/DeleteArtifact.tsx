import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { deleteCollection, deleteVersion, freedByCollectionQuery, freedByVersionQuery, type Membership } from '../../api/artifacts.ts'
import { counted, formatSize } from '../../lib/format.ts'
import { Button } from '../../ui/Button.tsx'
import { TypedConfirm } from '../../ui/TypedConfirm.tsx'

type Props = { membership: Membership; entity: string; project: string; name: string }

/** The end of a version, or of all that were logged under its name; what that frees is told before. */
export function DeleteArtifact({ membership, entity, project, name }: Props) {
  const [asking, setAsking] = useState<'version' | 'collection' | null>(null)
  const { artifact, artifactCollection: collection } = membership
  // Elsewhere than where it was logged it is a link, which is not deleted here.
  if (!artifact || collection?.__typename !== 'ArtifactSequence') return null
  const why = 'Only who made it and admins may delete it'
  const close = () => setAsking(null)
  return (
    <section className="card artifact-card" aria-label="Delete">
      <h2>Delete</h2>
      <div className="artifact-actions">
        <Button kind="danger" disabled={!artifact.canDelete} title={artifact.canDelete ? undefined : why} onClick={() => setAsking('version')}>Delete v{membership.versionIndex}</Button>
        <Button kind="danger" disabled={!collection.canDelete} title={collection.canDelete ? undefined : why} onClick={() => setAsking('collection')}>
          Delete all {counted(collection.artifacts.totalCount, 'version')}
        </Button>
      </div>
      {artifact.canDelete || collection.canDelete ? null : <p className="quiet">{why}.</p>}
      {asking === 'version' ? <AskVersion {...{ membership, entity, project, name, close }} /> : null}
      {asking === 'collection' ? <AskCollection {...{ membership, entity, project, name, close }} /> : null}
    </section>
  )
}

/** Deletes, then shows what is left. */
function useDeleting(entity: string, project: string, act: () => Promise<unknown>) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: act,
    onSuccess: async () => {
      await navigate({ to: '/$entity/$project/artifacts', params: { entity, project } })
      await cache.invalidateQueries()
    },
  })
}

type AskProps = Props & { close: () => void }

function AskVersion({ membership, entity, project, name, close }: AskProps) {
  const id = membership.artifact?.id ?? ''
  const version = `v${membership.versionIndex}`
  const freed = useQuery(freedByVersionQuery(id))
  const deleting = useDeleting(entity, project, () => deleteVersion(id))
  const aliases = membership.aliases.map(({ alias }) => alias).filter((alias) => alias !== version)
  return (
    <TypedConfirm title={`Delete ${name}:${version}?`} name={`${name}:${version}`} action={`Delete ${version}`} error={deleting.error ?? freed.error} pending={deleting.isPending} onClose={close} onConfirm={() => deleting.mutate()}>
      <p>It goes for good, with its links in other collections{aliases.length > 0 ? ` and ${aliases.length === 1 ? 'its alias' : 'its aliases'} ${aliases.join(', ')}` : ''}. <Freed bytes={freed.data} /></p>
    </TypedConfirm>
  )
}

function AskCollection({ membership, entity, project, name, close }: AskProps) {
  const id = membership.artifactCollection?.id ?? ''
  const count = membership.artifactCollection?.artifacts.totalCount ?? 0
  const freed = useQuery(freedByCollectionQuery(id))
  const deleting = useDeleting(entity, project, () => deleteCollection(id))
  return (
    <TypedConfirm title={`Delete ${name}?`} name={name} action={`Delete ${counted(count, 'version')}`} error={deleting.error ?? freed.error} pending={deleting.isPending} onClose={close} onConfirm={() => deleting.mutate()}>
      <p>{counted(count, 'version')} {count === 1 ? 'goes' : 'go'} for good, with links in other collections and all aliases. <Freed bytes={freed.data} /></p>
    </TypedConfirm>
  )
}

function Freed({ bytes }: { bytes: number | undefined }) {
  if (bytes === undefined) return <span className="quiet">Counting what that frees…</span>
  return bytes === 0 ? <>It frees nothing: other versions hold the same files.</> : <>It frees <strong title={`${bytes} bytes`}>{formatSize(bytes)}</strong>, which no other version holds.</>
}
