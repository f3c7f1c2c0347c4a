import { span } from '../when'
/** How long a cluster lasted, in words. */
export const lasted = (cluster: { first: number; last: number }): string => span(Math.max(0, cluster.last - cluster.first))
