import { useEffect, useRef, useState } from 'react'

/** Text in Markdown. What reads it is loaded where there is some; until then it stands as it was written. */
export function Markdown({ text }: { text: string }) {
  const element = useRef<HTMLDivElement>(null)
  const [isRead, setIsRead] = useState(false)
  useEffect(() => {
    let isGone = false
    void import('../../../lib/markdown.ts').then(({ markdown }) => {
      if (isGone || !element.current) return
      element.current.replaceChildren(markdown(text))
      setIsRead(true)
    })
    return () => {
      isGone = true
    }
  }, [text])
  return (
    <>
      {isRead ? null : <pre className="markdown-raw" data-waits="">{text}</pre>}
      <div ref={element} className="prose" />
    </>
  )
}
