import { ref } from 'vue'
export interface Toast { id: number; words: string; kind: 'good' | 'bad'; undo?: () => void }
export const toasts = ref<Toast[]>([])
let last = 0
export function toast(words: string, kind: Toast['kind'] = 'good', milliseconds = 5000): void {
  const id = ++last
  toasts.value.push({ id, words, kind })
  window.setTimeout(() => dismiss(id), kind === 'bad' ? milliseconds * 2 : milliseconds)
}
export function dismiss(id: number): void { toasts.value = toasts.value.filter(one => one.id !== id) }
