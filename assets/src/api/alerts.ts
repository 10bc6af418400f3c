// Rules that tell people when something is wrong with a run, that they did, and where it is posted to.
import { queryOptions } from '@tanstack/react-query'
import type { Condition } from '../lib/alerts.ts'
import type { ProjectAddress } from './projectSettings.ts'
import { queryText, rest, type Listing } from './request.ts'

export type Alert = {
  id: number
  name: string
  condition: Condition
  /** Which runs, as JSON. */
  filter: string
  paused: boolean
  /** User names and addresses; null for who may not change it. */
  mail: string[] | null
  webhook: string | null
  /** What keeps it from telling anybody. */
  problems: string[]
  /** Who answers for it; `left` once they have no seat any more. */
  author: { username: string; name: string; left: boolean } | null
  created_by: string | null
  created_at: string
  can_change: boolean
  can_hand_over: boolean
}
export type AlertForm = { name: string; condition: Condition; filter: string; mail: string[]; webhook: string }
export type Attempt = { at: string; succeeded: boolean; answer: string }
export type Delivery = { channel: 'mail' | 'webhook'; recipient: string; state: string; next_at: string | null; attempts: Attempt[] }
export type Firing = {
  id: number
  alert_id: number
  alert: string
  /** Null: somebody tried it out. */
  run: { name: string; display_name: string } | null
  at: string
  severity: string
  title: string
  text: string
  /** It does not fire for this run until somebody arms it again, who the caller may be. */
  can_rearm: boolean
  deliveries: Delivery[]
}
export type Webhook = {
  id: number
  name: string
  /** Null for who may not change it. */
  url: string | null
  format: string
  has_secret: boolean
  has_token: boolean
  problem: string | null
  can_manage: boolean
}
export type WebhookForm = { name: string; url: string; format: string; secret?: string; token?: string }

const path = ({ entity, project }: ProjectAddress) => `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`

export const alertsQuery = (address: ProjectAddress) =>
  queryOptions({ queryKey: ['alerts', address], queryFn: async () => (await rest<Listing<Alert>>('GET', `${path(address)}/alerts`)).items })
export const createAlert = (address: ProjectAddress, form: AlertForm) => rest<Alert>('POST', `${path(address)}/alerts`, form)
export const changeAlert = (address: ProjectAddress, id: number, change: Partial<AlertForm> & { paused?: boolean; author?: string }) => rest<Alert>('PATCH', `${path(address)}/alerts/${id}`, change)
export const deleteAlert = (address: ProjectAddress, id: number) => rest<null>('DELETE', `${path(address)}/alerts/${id}`)
export const tryAlert = (address: ProjectAddress, id: number) => rest<Firing>('POST', `${path(address)}/alerts/${id}/test`, {})
export const rearmAlert = (address: ProjectAddress, id: number, run: string) => rest<{ runs: number }>('POST', `${path(address)}/alerts/${id}/rearm`, { run })

/** How often it is looked whether something was told meanwhile, in milliseconds. */
const WAITING_MS = 3_000

/** The newest firings, of one run if it is named. */
export const firingsQuery = (address: ProjectAddress, run?: string) =>
  queryOptions({
    queryKey: ['firings', address, run ?? ''],
    queryFn: async () => (await rest<Listing<Firing>>('GET', `${path(address)}/firings${queryText({ run, limit: 50 })}`)).items,
    refetchInterval: ({ state }) => (state.data?.some(({ deliveries }) => deliveries.some((one) => one.state === 'waiting')) ? WAITING_MS : false),
  })

const hooks = (entity: string) => `/webhooks/${encodeURIComponent(entity)}`

export const webhooksQuery = (entity: string) =>
  queryOptions({ queryKey: ['webhooks', entity], queryFn: async () => (await rest<Listing<Webhook>>('GET', hooks(entity))).items })
export const createWebhook = (entity: string, form: WebhookForm) => rest<Webhook>('POST', hooks(entity), form)
export const changeWebhook = (entity: string, id: number, change: Partial<WebhookForm>) => rest<Webhook>('PATCH', `${hooks(entity)}/${id}`, change)
export const deleteWebhook = (entity: string, id: number) => rest<null>('DELETE', `${hooks(entity)}/${id}`)
export const tryWebhook = (entity: string, id: number) => rest<Attempt>('POST', `${hooks(entity)}/${id}/test`, {})
