import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Conflict, createReport, publishReport, reportQuery, saveReport, type Content, type Report } from '../../../api/reports.ts'

/** What was typed is saved when the hands have rested for so long. */
const REST = 1_500

export type DraftState = 'saved' | 'changed' | 'saving' | 'failed'
export type Clash = { during: 'save' | 'publish'; current: Report }

const same = (left: Content, right: Content) => left.display_name === right.display_name && left.description === right.description && left.spec === right.spec

/** Keeps a draft: saves it as one writes, publishes it, and tells what somebody else did meanwhile. */
export function useDraft(report: Report) {
  const cache = useQueryClient()
  const [content, setContent] = useState<Content>({ display_name: report.display_name, description: report.description, spec: report.spec })
  const [state, setState] = useState<DraftState>('saved')
  const [error, setError] = useState<Error | null>(null)
  const [clash, setClash] = useState<Clash | null>(null)
  const latest = useRef(content)
  latest.current = content
  const stored = useRef({ content, version: report.version })
  const saving = useRef<Promise<boolean> | null>(null)

  const failed = useCallback((why: unknown, during: Clash['during']) => {
    setState('failed')
    if (why instanceof Conflict) setClash({ during, current: why.current })
    else setError(why instanceof Error ? why : new Error(String(why)))
  }, [])

  /** Saves what is not saved; false if that was not possible. */
  const save = useCallback(async (): Promise<boolean> => {
    // One after the other: each is held against the version before.
    while (saving.current) await saving.current
    const wanted = latest.current
    if (same(wanted, stored.current.content)) return true
    const attempt = (async () => {
      setState('saving')
      try {
        const saved = await saveReport(report.id, wanted, stored.current.version)
        stored.current = { content: wanted, version: saved.version }
        cache.setQueryData(reportQuery(report.id).queryKey, saved)
        setError(null)
        setState(same(latest.current, wanted) ? 'saved' : 'changed')
        return true
      } catch (why) {
        failed(why, 'save')
        return false
      }
    })()
    saving.current = attempt
    const done = await attempt
    saving.current = null
    return done
  }, [cache, failed, report.id])

  const change = useCallback((changed: Partial<Content>) => {
    const next = { ...latest.current, ...changed }
    if (same(next, latest.current)) return
    latest.current = next
    setContent(next)
    setState('changed')
  }, [])

  useEffect(() => {
    if (state !== 'changed' || clash) return
    const timer = setTimeout(() => void save(), REST)
    return () => clearTimeout(timer)
  }, [state, content, clash, save])

  // Whatever takes the editor from the page.
  useEffect(() => () => void save(), [save])
  const isUnsaved = useCallback(() => !same(latest.current, stored.current.content), [])

  const publish = useCallback(async (over?: number): Promise<Report | null> => {
    if (!(await save())) return null
    try {
      const published = await publishReport(report.id, over)
      // It is gone, and nothing of it is to be saved any more.
      stored.current = { content: latest.current, version: published.version }
      return published
    } catch (why) {
      failed(why, 'publish')
      return null
    }
  }, [failed, report.id, save])

  /** Keeps a version as a draft of its own. */
  const keepCopy = useCallback(({ display_name: title, description, spec }: Content) => createReport(report.entity, report.project, { display_name: `${title} (copy)`.slice(0, 128), description, spec }), [report.entity, report.project])

  /** Goes on from what somebody else saved. */
  const adopt = useCallback((current: Report) => {
    const theirs = { display_name: current.display_name, description: current.description, spec: current.spec }
    stored.current = { content: theirs, version: current.version }
    latest.current = theirs
    setContent(theirs)
    setState('saved')
    setClash(null)
  }, [])

  /** Goes on with what is here, to be saved over what somebody else saved. */
  const overwrite = useCallback(async (current: Report) => {
    stored.current = { ...stored.current, version: current.version }
    setClash(null)
    return save()
  }, [save])

  /** Nothing of it is to be saved any more. */
  const forget = useCallback(() => {
    stored.current = { ...stored.current, content: latest.current }
  }, [])

  return { content, change, forget, isUnsaved, state, error, clash, setClash, save, publish, keepCopy, adopt, overwrite }
}

export type Draft = ReturnType<typeof useDraft>
