import { useMutation, useQueryClient } from '@tanstack/react-query'
import { changeTeam, type Team } from '../../api/teams.ts'

/** Changes a team and shows it as it is then. */
export function useTeamChange(team: Team) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: Parameters<typeof changeTeam>[1]) => changeTeam(team.name, change),
    // An address may write the name in other letters than the team does, so all are asked again.
    onSuccess: () => cache.invalidateQueries({ queryKey: ['team'] }),
  })
}
