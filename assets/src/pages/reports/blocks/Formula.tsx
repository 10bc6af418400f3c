import { useEffect, useRef, useState } from 'react'

/** A formula in LaTeX. What draws it is loaded where there is one; until then, and where it has a fault, its source stands. */
export function Formula({ source, block = false }: { source: string; block?: boolean }) {
  const element = useRef<HTMLSpanElement>(null)
  const [fault, setFault] = useState<string | null>(null)
  const [waits, setWaits] = useState(true)
  useEffect(() => {
    let isGone = false
    import('../../../charts/formula.ts').then(
      ({ drawFormula }) => {
        if (isGone || !element.current) return
        setFault(drawFormula(element.current, source, block))
        setWaits(false)
      },
      () => {
        if (!isGone) setFault('what draws it could not be loaded')
      },
    )
    return () => {
      isGone = true
    }
  }, [source, block])
  if (fault !== null) return <code className="formula-fault" title={fault}>{source}</code>
  return <span ref={element} data-waits={waits ? '' : undefined} className={block ? 'formula formula-block' : 'formula'} />
}
