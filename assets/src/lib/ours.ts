/** Whether an address is on this server. */
export function isOurs(address: string): boolean {
  try {
    return new URL(address, location.href).origin === location.origin
  } catch {
    return false
  }
}
