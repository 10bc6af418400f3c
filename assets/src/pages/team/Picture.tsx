import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { pictureOf, removePicture, setPicture, type Team } from '../../api/teams.ts'
import { Avatar } from '../../ui/Avatar.tsx'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'

/** The picture of a team, which its admins choose. */
export function Picture({ team }: { team: Team }) {
  const cache = useQueryClient()
  const chooser = useRef<HTMLInputElement>(null)
  const changing = useMutation({
    mutationFn: (file: File | null) => (file ? setPicture(team.name, file) : removePicture(team.name)),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['team'] }),
  })
  return (
    <div className="settings-row" role="group" aria-label="Picture">
      <div className="team-picture">
        <Avatar name={team.name} shown={team.display_name} picture={pictureOf(team)} size={96} />
        <span className="quiet">PNG, JPEG, GIF or WebP, up to 4 MiB. It is cut to a square.</span>
      </div>
      {/* Hidden from everybody: the button opens it, and says what it is for. */}
      <input
        ref={chooser} type="file" hidden accept="image/png,image/jpeg,image/gif,image/webp" aria-label="File of the picture"
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file) changing.mutate(file)
          event.target.value = ''
        }}
      />
      <Button disabled={changing.isPending} onClick={() => chooser.current?.click()}>Choose picture…</Button>
      {team.avatar ? <Button disabled={changing.isPending} onClick={() => changing.mutate(null)}>Remove picture</Button> : null}
      <ErrorText error={changing.error} />
    </div>
  )
}
