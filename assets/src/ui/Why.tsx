import { Link } from '@tanstack/react-router'

type Props = { action: 'read' | 'write' | 'delete' | 'manage'; /** As `run/TEAM/PROJECT/ID`. */ target: string }

/** The way to the reasons why one may not do something: the role that counts, where it comes from, and the rule. */
export function Why({ action, target }: Props) {
  return <Link to="/settings/$tab" params={{ tab: 'permissions' }} search={{ action, target } as never}>Why?</Link>
}
