// Why somebody may do something, or not.
import { queryOptions } from '@tanstack/react-query'
import { queryText, rest } from './request.ts'

export type Question = { user: string; action: string; target: string }
export type Decision = Question & { allowed: boolean; role: string; source: string; rule: string }

export const explainQuery = (question: Question) =>
  queryOptions({ queryKey: ['explain', question], queryFn: () => rest<Decision>('GET', `/permissions/explain${queryText(question)}`), enabled: question.target !== '' })
