import { computed, ref, watchEffect } from 'vue'
import { router } from './router'

export type ThemeChoice = 'auto' | 'light' | 'dark'
function kept(): ThemeChoice {
  try { const found = localStorage.getItem('gongzhi.theme'); return found === 'light' || found === 'dark' ? found : 'auto' } catch { return 'auto' }
}
/** auto: the console is dark, the desk is light. */
export const themeChoice = ref<ThemeChoice>(kept())
export const theme = computed<'light' | 'dark'>(() => themeChoice.value === 'auto' ? (router.currentRoute.value.meta.dark ? 'dark' : 'light') : themeChoice.value)
export function chooseTheme(next: ThemeChoice): void {
  themeChoice.value = next
  try { localStorage.setItem('gongzhi.theme', next) } catch { /* lasts for this visit */ }
}
watchEffect(() => { document.documentElement.dataset.theme = theme.value })
