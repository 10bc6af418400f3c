import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { nameMember, projectMembersQuery, unnameMember, type ProjectAddress, type ProjectMember, type ProjectSettings } from '../../api/projectSettings.ts'
import { sessionQuery } from '../../api/session.ts'
import { roleName, TEAM_ROLES } from '../../lib/roles.ts'
import { Ago } from '../../ui/Ago.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyRows } from '../../ui/EmptyRows.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { Field } from '../../ui/Field.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Select } from '../../ui/Select.tsx'

/** People who are named in a project: of a restricted one the only ones who see it, of others those with a role of their own. */
export function NamedMembers({ project }: { project: ProjectSettings }) {
  const address = { entity: project.entity, project: project.name }
  const members = useQuery(projectMembersQuery(address))
  const self = useQuery(sessionQuery).data?.account?.username
  return (
    <section className="card section" aria-label="Project members">
      <h2>Project members</h2>
      <p className="quiet">{project.visibility === 'restricted' ? 'Only these people see the project.' : 'These people have a role of their own here; everybody else has the one of the team.'}</p>
      {project.can_manage ? <Name address={address} /> : <p className="quiet">Only an admin of the team or of the project names members.</p>}
      <ErrorText error={members.error} />
      {members.isPending ? <Loading what="project members" rows={2} /> : null}
      {members.data?.length === 0 ? <EmptyRows text="Nobody is named." /> : null}
      {members.data && members.data.length > 0 ? (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={`Members of ${project.name}`}>
          <table className="table">
            <thead><tr><th>Name</th><th>Role</th><th>Since</th><th><span className="visually-hidden">Actions</span></th></tr></thead>
            <tbody>{members.data.map((member) => <Row key={member.username} address={address} member={member} mayManage={project.can_manage} self={member.username === self} />)}</tbody>
          </table>
        </div>
      ) : null}
    </section>
  )
}

function useRefresh(address: ProjectAddress) {
  const cache = useQueryClient()
  return async () => {
    await cache.invalidateQueries({ queryKey: projectMembersQuery(address).queryKey })
    await cache.invalidateQueries({ queryKey: ['project-settings'] })
  }
}

function Name({ address }: { address: ProjectAddress }) {
  const refresh = useRefresh(address)
  const naming = useMutation({ mutationFn: (form: FormData) => nameMember(address, String(form.get('username')).trim(), String(form.get('role'))), onSuccess: refresh })
  return (
    <>
      <form
        className="section-form"
        onSubmit={(event) => {
          event.preventDefault()
          naming.mutate(new FormData(event.currentTarget))
        }}
      >
        <Field label="Username" name="username" autoCapitalize="none" spellCheck={false} required />
        <Select label="Role" name="role" options={TEAM_ROLES} defaultValue="member" />
        <Button kind="primary" type="submit" disabled={naming.isPending}>Name as member</Button>
      </form>
      <ErrorText error={naming.error} />
    </>
  )
}

function Row({ address, member, mayManage, self }: { address: ProjectAddress; member: ProjectMember; mayManage: boolean; self: boolean }) {
  const refresh = useRefresh(address)
  const changing = useMutation({ mutationFn: (role: string) => nameMember(address, member.username, role), onSettled: refresh })
  const removing = useMutation({ mutationFn: () => unnameMember(address, member.username), onSuccess: refresh })
  return (
    <tr>
      <td>{member.name} <span className="quiet">{member.username}</span></td>
      <td>
        {mayManage ? (
          <Select label={`Role of ${member.username}`} hidden options={TEAM_ROLES} value={member.role} disabled={changing.isPending} onChange={(event) => changing.mutate(event.target.value)} />
        ) : roleName(member.role)}
      </td>
      <td><Ago time={member.since} /></td>
      <td className="table-actions">
        {mayManage || self ? <Button aria-label={`Remove ${member.username}`} disabled={removing.isPending} onClick={() => removing.mutate()}>Remove</Button> : null}
        <ErrorText error={changing.error ?? removing.error} />
      </td>
    </tr>
  )
}
