import type { ComponentProps } from 'react'
import './button.css'

type Props = ComponentProps<'button'> & { kind?: 'primary' | 'plain' | 'danger' | 'icon' }

export function Button({ kind = 'plain', type = 'button', className = '', ...rest }: Props) {
  return <button type={type} className={`button button-${kind} ${className}`} {...rest} />
}
