import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Bell, BellRing, Star } from 'lucide-react'
import { attentionQuery, setFollow, setStar, type Attention as Kept } from '../../api/talk.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import './attention.css'

/** Star, to find a report again, and follow, to be told what becomes of it. */
export function Attention({ report }: { report: string }) {
  const cache = useQueryClient()
  const { queryKey } = attentionQuery(report)
  const { data, error } = useQuery(attentionQuery(report))
  const change = (next: (known: Kept) => Kept) => cache.setQueryData(queryKey, (known) => known && next(known))
  const settled = { onSettled: () => Promise.all([cache.invalidateQueries({ queryKey }), cache.invalidateQueries({ queryKey: ['reports', 'starred'] })]) }
  const starring = useMutation({
    mutationFn: (on: boolean) => setStar(report, on),
    onMutate: (on) => change((known) => ({ ...known, starred: on, stars: known.stars + (on ? 1 : -1) })),
    ...settled,
  })
  const following = useMutation({ mutationFn: (on: boolean) => setFollow(report, on), onMutate: (on) => change((known) => ({ ...known, following: on })), ...settled })
  const Follow = data?.following ? BellRing : Bell
  return (
    <>
      <Button className={`attention-star ${data?.starred ? 'is-on' : ''}`} disabled={!data || starring.isPending} title={data?.starred ? 'It is among your starred reports; click to take it out' : 'Keep it among your starred reports'} onClick={() => starring.mutate(!data?.starred)}>
        <Star size={14} aria-hidden /> {data?.starred ? 'Starred' : 'Star'} <span className="number">{data?.stars ?? 0}</span><span className="visually-hidden"> in all</span>
      </Button>
      <Button className={`attention-follow ${data?.following ? 'is-on' : ''}`} disabled={!data || following.isPending} title={data?.following ? 'You are told of comments and new versions; click to stop' : 'Be told of comments and new versions'} onClick={() => following.mutate(!data?.following)}>
        <Follow size={14} aria-hidden /> {data?.following ? 'Following' : 'Follow'}
      </Button>
      <ErrorText error={error ?? starring.error ?? following.error} />
    </>
  )
}
