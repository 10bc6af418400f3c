import { Button } from './Button.tsx'
import { ErrorText } from './ErrorText.tsx'
import { Field } from './Field.tsx'
import { TextArea } from './TextArea.tsx'

type Names = { display_name: string; description: string }
type Props = { names: Names; about: string; error: Error | null; pending: boolean; saved: boolean; onSave: (names: Names) => void }

/** What a team or organization is called on pages, and what it is for. */
export function NameForm({ names, about, error, pending, saved, onSave }: Props) {
  return (
    <form
      className="settings-form"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        onSave({ display_name: String(form.get('display_name')), description: String(form.get('description')) })
      }}
    >
      <Field label="Display name" name="display_name" defaultValue={names.display_name} maxLength={128} required />
      <TextArea label={about} name="description" defaultValue={names.description} maxLength={4096} rows={3} />
      <ErrorText error={error} />
      <Button type="submit" disabled={pending}>{saved ? 'Saved' : 'Save'}</Button>
    </form>
  )
}
