import { Link } from '@tanstack/react-router'
import { isOurs } from '../../../lib/ours.ts'
import { constantsOf } from '../../../lib/report/weave.ts'
import { childrenOf, plainText, safeAddress, textAt, type Block } from '../../../lib/report/spec.ts'
import { useReport } from '../context.ts'
import { Inline, OutLink } from './Inline.tsx'

/** A picture of this server; of one elsewhere, which would tell that server who reads this, the way to it. */
export function Picture({ block }: { block: Block }) {
  const address = safeAddress(textAt(block, 'url'))
  const caption = plainText(block)
  if (address === null) return <p className="quiet">A picture without an address.</p>
  return (
    <figure className="picture">
      {isOurs(address) ? <img src={address} alt={caption} loading="lazy" /> : <p className="kept-block">A picture on another server: <OutLink address={address}>{address}</OutLink></p>}
      {caption !== '' ? <figcaption><Inline nodes={childrenOf(block)} /></figcaption> : null}
    </figure>
  )
}

/** What is embedded from other sites stands as a link: pages load nothing from elsewhere. */
export function Embedded({ block }: { block: Block }) {
  const [what, address] = embedded(block)
  return <p className="kept-block">{what}{address ? <>: <OutLink address={address}>{address}</OutLink></> : null}</p>
}

function embedded(block: Block): [what: string, address: string | null] {
  switch (block.type) {
    case 'video':
      return ['A video', textAt(block, 'url') || null]
    case 'spotify':
      return ['A track on Spotify', textAt(block, 'spotifyID') ? `https://open.spotify.com/track/${encodeURIComponent(textAt(block, 'spotifyID'))}` : null]
    case 'soundcloud':
      return ['A sound on SoundCloud', addressIn(textAt(block, 'html'))]
    default:
      return ['A post on Twitter', addressIn(textAt(block, 'html'))]
  }
}

/** The last address in a piece of HTML: that of the post itself. */
const addressIn = (html: string) => html.match(/https?:\/\/[^\s"'<>\\]+/g)?.at(-1) ?? null

/** A list of reports and pages. */
export function Gallery({ block }: { block: Block }) {
  const { home } = useReport()
  const links = (Array.isArray(block['links']) ? (block['links'] as Record<string, unknown>[]) : []).map((link) => (link['type'] === 'report' ? { report: textAt(link, 'id') } : { url: textAt(link, 'url'), title: textAt(link, 'title'), about: textAt(link, 'description') }))
  const ids = Array.isArray(block['ids']) ? block['ids'].filter((id) => typeof id === 'string').map((report) => ({ report })) : []
  return (
    <ul className="gallery">
      {[...ids, ...links].map((link, index) => (
        <li key={index} className="card">
          {'report' in link
            ? <Link to="/$entity/$project/reports/$report" params={{ entity: home.entity, project: home.project, report: link.report.replace(/=+$/, '') }}>A report</Link>
            : <><OutLink address={link.url}>{link.title || link.url}</OutLink>{link.about ? <p className="quiet">{link.about}</p> : null}</>}
        </li>
      ))}
    </ul>
  )
}

/** A block that asks a query language which this server does not have; an artifact that it names can be gone to. */
export function Query({ block }: { block: Block }) {
  const { byLink } = useReport()
  const { entityName: entity, projectName: project, artifactName, artifactVersionAlias: version } = constantsOf(block['config'])
  if (!entity || !project || byLink) return <p className="kept-block quiet">A panel of the vendor's query language is not shown here.</p>
  const name = artifactName ? `${artifactName}${version ? `:${version}` : ''}` : project
  return <p className="kept-block">{artifactName ? 'The artifact ' : 'The project '}<Link to={artifactName ? '/$entity/$project/artifacts' : '/$entity/$project'} params={{ entity, project }}>{name}</Link></p>
}
