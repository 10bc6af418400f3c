import type { ReactNode } from 'react'
import { BASE } from '../../paths.ts'
import { useTitle } from '../../ui/useTitle.ts'
import './card.css'

/** One card in the middle of an empty page. */
export function CardPage({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title)
  return (
    <div className="card card-page">
      <img src={`${BASE}/mark.svg`} width="28" height="28" alt="" />
      <h1>{title}</h1>
      {children}
    </div>
  )
}
