// What an alert waits for: between the form, the server's words, and people's.

export type Condition =
  | { kind: 'baseline'; metric: string; better: 'lower' | 'higher'; percent: number; over: Over; points: number; run?: string; value?: number }
  | { kind: 'threshold'; metric: string; is: 'above' | 'below'; value: number; over: Over; points: number }
  | { kind: 'change'; metric: string; direction: 'rise' | 'fall' | 'any'; amount: number; unit: 'percent' | 'absolute'; points: number; before: number }
  | { kind: 'state'; states: string[] }
  | { kind: 'sent'; severity: 'info' | 'warn' | 'error' }
export type Over = 'mean' | 'min' | 'max' | 'last'
export type Kind = Condition['kind']

export const KINDS: [Kind, string][] = [
  ['baseline', 'A metric gets worse than a baseline'],
  ['threshold', 'A metric crosses a value'],
  ['change', 'A metric changes suddenly'],
  ['state', 'A run ends'],
  ['sent', 'A run sends an alert itself'],
]
export const OVERS: [Over, string][] = [['mean', 'Mean'], ['min', 'Least'], ['max', 'Greatest'], ['last', 'Last']]
export const ENDS = ['finished', 'failed', 'crashed', 'killed', 'preempted']

const of = (over: Over, points: number) =>
  points === 1 || over === 'last' ? 'the last value' : `the ${{ mean: 'mean', min: 'least', max: 'greatest' }[over]} of the last ${points} values`

/** A condition as a sentence. */
export function conditionWords(condition: Condition): string {
  switch (condition.kind) {
    case 'baseline': {
      const { metric, better, percent, over, points, run, value } = condition
      return `${of(over, points)} of ${metric} is more than ${percent} % worse than ${run === undefined ? String(value) : `that of the run ${run}`} (${better} is better)`
    }
    case 'threshold':
      return `${of(condition.over, condition.points)} of ${condition.metric} is ${condition.is} ${condition.value}`
    case 'change': {
      const { metric, direction, amount, unit, points, before } = condition
      const moves = { rise: 'rises', fall: 'falls', any: 'changes' }[direction]
      return `the mean of the last ${points} values of ${metric} ${moves} by ${amount}${unit === 'percent' ? ' %' : ''} or more from that of the ${before} before`
    }
    case 'state':
      return `a run ends as ${condition.states.join(' or ')}`
    case 'sent':
      return condition.severity === 'info' ? 'a run sends an alert' : `a run sends an alert of severity ${condition.severity} or higher`
  }
}

/** The condition that a form says. */
export function conditionOf(form: FormData): Condition {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const number = (name: string) => Number(text(name))
  const metric = text('metric')
  switch (text('kind') as Kind) {
    case 'baseline': {
      const against = text('against') === 'run' ? { run: text('run') } : { value: number('value') }
      return { kind: 'baseline', metric, better: text('better') as 'lower' | 'higher', percent: number('percent'), over: text('over') as Over, points: number('points'), ...against }
    }
    case 'threshold':
      return { kind: 'threshold', metric, is: text('is') as 'above' | 'below', value: number('value'), over: text('over') as Over, points: number('points') }
    case 'change':
      return { kind: 'change', metric, direction: text('direction') as 'rise' | 'fall' | 'any', amount: number('amount'), unit: text('unit') as 'percent' | 'absolute', points: number('points'), before: number('before') }
    case 'state':
      return { kind: 'state', states: ENDS.filter((end) => form.get(`end-${end}`) !== null) }
    case 'sent':
      return { kind: 'sent', severity: text('severity') as 'info' | 'warn' | 'error' }
  }
}

/** What stands between commas or blanks. */
export const namesIn = (text: string) => text.split(/[\s,;]+/).filter((name) => name !== '')
