/// <reference types="vite/client" />
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
interface Window {
  /** Set to true by the map module once a map has drawn all its tiles and points; tests wait for it. */
  __mapReady?: boolean
}
