// The same half hour where the server is below a path of a host that has something else at its root.
import { reachedBelow } from './server.mjs'

reachedBelow('/ml/runs')
await import('./walk.mjs')
