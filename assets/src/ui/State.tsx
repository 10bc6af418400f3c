import './state.css'

const WORDS: Record<string, string> = {
  running: 'Running',
  pending: 'Pending',
  finished: 'Finished',
  failed: 'Failed',
  crashed: 'Crashed',
  killed: 'Killed',
  preempted: 'Preempted',
  preempting: 'Preempting',
}

/** The states by the words for them, for choosing. */
export const STATE_NAMES: [state: string, name: string][] = Object.entries(WORDS)

/** A run's state: a dot and the word. */
export function State({ state }: { state: string }) {
  return (
    <span className={`state state-${state}`}>
      <span className="dot" aria-hidden />
      {WORDS[state] ?? state}
    </span>
  )
}
