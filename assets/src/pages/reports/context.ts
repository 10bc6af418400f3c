// What parts of a report know of the report that they stand in.
import { createContext, useContext } from 'react'
import type { Block, Heading } from '../../lib/report/spec.ts'

/** Where a report is. */
export type Home = { report: string; entity: string; project: string }

export type InReport = {
  home: Home
  headings: ReadonlyMap<Block, Heading>
  /** Who looks came by a link and sees this report alone. */
  byLink: boolean
}

const Context = createContext<InReport | null>(null)
export const ReportContext = Context.Provider

export function useReport(): InReport {
  const context = useContext(Context)
  if (!context) throw new Error('a part of a report stands outside of one')
  return context
}
