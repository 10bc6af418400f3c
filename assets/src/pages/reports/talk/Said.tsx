import { useLayoutEffect, useRef } from 'react'
import { markdown } from '../../../lib/markdown.ts'
import { splitMentions } from '../../../lib/mentions.ts'

/** A comment as it is read: Markdown, with the people whom it names. */
export function Said({ body, mentions }: { body: string; mentions: string[] }) {
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => element.current?.replaceChildren(asComment(markdown(body), mentions)), [body, mentions])
  return <div ref={element} className="said prose" />
}

function asComment(made: DocumentFragment, mentions: string[]): DocumentFragment {
  // The headings of the page are those of the report.
  for (const heading of made.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const line = document.createElement('p')
    const strong = document.createElement('strong')
    strong.append(...heading.childNodes)
    line.append(strong)
    heading.replaceWith(line)
  }
  if (mentions.length === 0) return made
  const texts: Text[] = []
  const walker = document.createTreeWalker(made, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (!node.parentElement?.closest('code, a')) texts.push(node as Text)
  for (const text of texts) {
    text.replaceWith(...splitMentions(text.data, mentions).map((part) => {
      if (!part.isMention) return part.text
      const name = document.createElement('strong')
      name.className = 'mention'
      name.textContent = part.text
      return name
    }))
  }
  return made
}
