import { useState } from 'react'
import type { Row, RunAddress } from '../../api/runs.ts'
import { toImages } from '../../lib/series.ts'
import { filePath } from '../../paths.ts'

/** The images under one key, a step at a time; the newest until somebody picks another. */
export function Images({ name, address, rows }: { name: string; address: RunAddress; rows: Row[] }) {
  const logged = toImages(rows, name)
  const [picked, setPicked] = useState<number | null>(null)
  const index = Math.min(picked ?? logged.length - 1, logged.length - 1)
  const shown = logged[index]
  return (
    <figure className="card panel">
      <figcaption className="panel-head"><span className="panel-title truncate">{name}</span></figcaption>
      <div className="image-strip">
        {shown?.files.map(({ path, caption }) => (
          <a key={path} href={filePath(address.entity, address.project, address.run, path)} target="_blank" rel="noreferrer">
            <img src={filePath(address.entity, address.project, address.run, path)} alt={`${name} at step ${shown.step}`} loading="lazy" />
            {caption ? <span>{caption}</span> : null}
          </a>
        ))}
      </div>
      {shown ? (
        <label className="image-step">
          <span className="quiet number">Step {shown.step}</span>
          <input type="range" min={0} max={logged.length - 1} value={index} disabled={logged.length < 2} onChange={(event) => setPicked(Number(event.target.value))} />
        </label>
      ) : null}
    </figure>
  )
}
