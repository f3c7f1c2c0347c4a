/** The map module. Screens load it by a dynamic import, so that its weight falls only where a map is seen. */
export { createMap } from './engine'
export type * from './contract'
