import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { flushSync } from 'react-dom'
import { setPrinting } from '../../lib/printing.ts'

/** How long paper waits for a panel that does not come. */
const PATIENCE = 20_000

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))

/** Until nothing that will be on the paper is on its way any more. */
async function drawn(client: QueryClient): Promise<void> {
  const isWaiting = () =>
    client.isFetching() > 0 || document.querySelector('.report [data-waits]') !== null ||
    [...document.querySelectorAll('.report .custom-chart:not(.is-hidden)')].some((chart) => chart.querySelector('canvas') === null)
  const until = Date.now() + PATIENCE
  for (let quiet = 0; quiet < 3 && Date.now() < until; ) {
    await frame()
    quiet = isWaiting() ? 0 : quiet + 1
  }
  const pictures = [...document.querySelectorAll<HTMLImageElement>('.report img')]
  await Promise.allSettled(pictures.map((picture) => {
    picture.loading = 'eager'
    return picture.decode()
  }))
}

/**
 * Puts the page on paper, or into a PDF, once all of its panels are drawn; also for who presses Ctrl P. The browser's own menu
 * does not wait: then there is what is drawn so far, which is all of it some seconds after the page was opened.
 */
export function usePrint(): { print: () => void; isPreparing: boolean } {
  const client = useQueryClient()
  const [isPreparing, setIsPreparing] = useState(false)
  const print = useCallback(() => {
    setIsPreparing(true)
    setPrinting(true)
    void drawn(client).then(() => {
      setIsPreparing(false)
      // What is seen stays as it goes on paper until the browser says that it is there.
      window.print()
    })
  }, [client])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== 'p') return
      event.preventDefault()
      print()
    }
    const before = () => flushSync(() => setPrinting(true))
    const after = () => setPrinting(false)
    addEventListener('keydown', onKey)
    addEventListener('beforeprint', before)
    addEventListener('afterprint', after)
    return () => {
      removeEventListener('keydown', onKey)
      removeEventListener('beforeprint', before)
      removeEventListener('afterprint', after)
      setPrinting(false)
    }
  }, [print])
  return { print, isPreparing }
}
