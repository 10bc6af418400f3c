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

/** A run's state: a dot and the word. */
export function State({ state }: { state: string }) {
  return (
    <span className={`state state-${state}`}>
      <span className="dot" aria-hidden />
      {WORDS[state] ?? state}
    </span>
  )
}
