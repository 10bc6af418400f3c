import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { CardPage } from './CardPage.tsx'

/** What everybody sees until the first administrator is made. */
export function SetUpNeeded() {
  return (
    <CardPage title="This server is not set up yet">
      <p>Whoever started it has a link to create the first administrator. It is in the server's log, and in this file:</p>
      <CodeBlock text="cat runstead-data/setup-link" what="command that shows the set-up link" />
      <p className="quiet">With another data folder, the file is in there. The link works once.</p>
    </CardPage>
  )
}
