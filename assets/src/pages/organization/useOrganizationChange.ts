import { useMutation, useQueryClient } from '@tanstack/react-query'
import { changeOrganization, type Organization } from '../../api/organizations.ts'

/** Changes an organization and shows it as it is then. */
export function useOrganizationChange(organization: Organization) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (change: Parameters<typeof changeOrganization>[1]) => changeOrganization(organization.name, change),
    // An address may write the name in other letters than the organization does, so all are asked again.
    onSuccess: () => cache.invalidateQueries({ queryKey: ['organization'] }),
  })
}
