import { useState } from 'react'
import { ENDS, OVERS, type Condition, type Kind } from '../../lib/alerts.ts'
import { Check } from '../../ui/Check.tsx'
import { Field } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'

/** The parts of a condition of one kind, as one of that kind has them. */
export function ConditionFields({ kind, condition }: { kind: Kind; condition: Condition | undefined }) {
  const known: Partial<Record<string, unknown>> = condition?.kind === kind ? condition : {}
  const [against, setAgainst] = useState(known['value'] === undefined ? 'run' : 'value')
  const text = (name: string, otherwise: string) => String(known[name] ?? otherwise)
  const number = (label: string, name: string, otherwise: string, least?: number) => (
    <Field label={label} name={name} type="number" step={least === 1 ? 1 : 'any'} min={least} defaultValue={text(name, otherwise)} required />
  )
  const metric = <Field label="Metric" name="metric" defaultValue={text('metric', '')} placeholder="val/loss" spellCheck={false} autoCapitalize="none" required />
  const over = (
    <>
      <Select label="Of the last values, the" name="over" options={OVERS} defaultValue={text('over', 'mean')} />
      {number('How many values', 'points', '1', 1)}
    </>
  )
  switch (kind) {
    case 'baseline':
      return (
        <>
          {metric}
          <Select label="Better is" name="better" options={[['lower', 'Lower'], ['higher', 'Higher']]} defaultValue={text('better', 'lower')} />
          <Select label="Compared with" name="against" options={[['run', 'a run of this project'], ['value', 'a number']]} value={against} onChange={(event) => setAgainst(event.target.value)} />
          {against === 'run'
            ? <Field label="Run id of the baseline" name="run" defaultValue={text('run', '')} hint="Its summary has the number that counts" spellCheck={false} autoCapitalize="none" required />
            : number('Baseline', 'value', '')}
          {number('Worse by more than, in %', 'percent', '5', 0)}
          {over}
        </>
      )
    case 'threshold':
      return (
        <>
          {metric}
          <Select label="It is" name="is" options={[['above', 'above'], ['below', 'below']]} defaultValue={text('is', 'above')} />
          {number('Value', 'value', '')}
          {over}
        </>
      )
    case 'change':
      return (
        <>
          {metric}
          <Select label="It" name="direction" options={[['rise', 'rises'], ['fall', 'falls'], ['any', 'rises or falls']]} defaultValue={text('direction', 'any')} />
          {number('By at least', 'amount', '20')}
          <Select label="In" name="unit" options={[['percent', '% of what it was'], ['absolute', 'its own unit']]} defaultValue={text('unit', 'percent')} />
          {number('Mean of the last values', 'points', '10', 1)}
          {number('Compared with the mean of the values before', 'before', '50', 1)}
        </>
      )
    case 'state':
      return (
        <fieldset className="field">
          <legend>As</legend>
          {ENDS.map((end) => <Check key={end} label={end} name={`end-${end}`} defaultChecked={((known['states'] ?? ['failed', 'crashed']) as string[]).includes(end)} />)}
        </fieldset>
      )
    case 'sent':
      return <Select label="Of severity" name="severity" options={[['info', 'info or higher'], ['warn', 'warn or higher'], ['error', 'error']]} defaultValue={text('severity', 'info')} />
  }
}
