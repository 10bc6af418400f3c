// One thing done to many runs of a project.
import type { ProjectAddress } from './projectSettings.ts'
import { rest } from './request.ts'

export type Chosen = { runs: string[] } | { filter: string }
export type Outcome = { done: string[]; kept: number; kept_runs: { name: string; reason: string }[] }

const act = ({ entity, project }: ProjectAddress, what: string, body: Chosen) =>
  rest<Outcome>('POST', `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}/selected-runs/${what}`, body)

export const deleteRuns = (address: ProjectAddress, chosen: Chosen) => act(address, 'delete', chosen)
export const lockRuns = (address: ProjectAddress, chosen: Chosen) => act(address, 'lock', chosen)
export const unlockRuns = (address: ProjectAddress, chosen: Chosen) => act(address, 'unlock', chosen)
export const restoreRuns = (address: ProjectAddress, runs: string[]) => act(address, 'restore', { runs })
