// The server itself, for its administrators.
import { queryOptions } from '@tanstack/react-query'
import { rest } from './request.ts'

export type System = {
  version: string
  started_at: string
  public_url: string
  data_directory: string
  databases: { name: string; size_bytes: number; log_bytes: number; queued: number }[]
  disk: { total_bytes: number; free_bytes: number; level: string } | null
  stream_room_bytes: number
  certificate_expires_at: string | null
  last_backup: { created_at: string; to: string; files: number; size_bytes: number; missing: number } | null
  has_runs: boolean
  snapshots: { name: string; created_at: string; size_bytes: number }[]
}

export type Usage = { run_files: number; artifacts: number; history: number }

export type Storage = {
  measured_at: string
  usage: Usage
  total_bytes: number
  files_to_remove: number
  entities: { entity: string; kind: string; projects: number; runs: number; usage: Usage; total_bytes: number }[]
  projects: { entity: string; project: string; runs: number; usage: Usage; total_bytes: number }[]
}

export type Job = {
  name: string
  every_seconds: number
  running: boolean
  last_ended_at: string | null
  last_count: number | null
  last_error: string | null
  next_at: string | null
  turns: number
  failures: number
  would_remove: number | null
  holds: number | null
}

export type Backup = {
  name: string
  created_at: string
  version: string
  files: number
  size_bytes: number
  missing: number
  verified_at: string | null
  damage: string[]
}

export type Check = { name: string; state: 'good' | 'skipped' | 'warning' | 'bad'; message: string; advice: string | null }

export const systemQuery = queryOptions({ queryKey: ['system'], queryFn: () => rest<System>('GET', '/system'), refetchInterval: 5_000 })

export const storageQuery = queryOptions({ queryKey: ['system', 'storage'], queryFn: () => rest<Storage>('GET', '/system/storage') })

export const jobsQuery = queryOptions({
  queryKey: ['system', 'jobs'],
  queryFn: () => rest<{ items: Job[] }>('GET', '/system/jobs'),
  refetchInterval: 2_000,
})

export const backupsQuery = queryOptions({
  queryKey: ['system', 'backups'],
  queryFn: () => rest<{ items: Backup[] }>('GET', '/system/backups'),
  refetchInterval: 10_000,
})

/** They take seconds and call the server itself, so they run when somebody asks. */
export const checksQuery = queryOptions({
  queryKey: ['system', 'checks'],
  queryFn: () => rest<{ state: Check['state']; checks: Check[] }>('GET', '/system/checks'),
  staleTime: Infinity,
  retry: false,
})

/** A setting in force: its value, what set it, and what it means. */
export type Setting = { key: string; about: string; value: string; set_by: string }

export const settingsQuery = queryOptions({
  queryKey: ['system', 'settings'],
  queryFn: () => rest<{ items: Setting[]; toml: string }>('GET', '/system/settings'),
})

export const runJob = (name: string) => rest<void>('POST', `/system/jobs/${encodeURIComponent(name)}/run`)
