// The first half hour where the server has the root of its host.
import './walk.mjs'
