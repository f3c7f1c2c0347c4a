import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import type { Component } from 'vue'
import { me, whoAmI } from './session'

// Screens of the map builder; a build without them shows a plain page that says so.
const mapScreens = import.meta.glob<{ default: Component }>(['../console/ConsoleScreen.vue', '../hotspots/HotspotsScreen.vue', '../risk/*Screen.vue'])
const orMissing = (path: string) => mapScreens[path] ?? (() => import('./MissingScreen.vue'))

export const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./LoginScreen.vue'), meta: { bare: true } },
  { path: '/console', name: 'console', component: orMissing('../console/ConsoleScreen.vue'), meta: { dark: true, full: true } },
  { path: '/inbox', name: 'inbox', component: () => import('./InboxScreen.vue') },
  { path: '/case/:id', name: 'case', component: () => import('./CaseScreen.vue') },
  { path: '/new/:matter?', name: 'new', component: () => import('./NewScreen.vue') },
  { path: '/outbox', name: 'outbox', component: () => import('./OutboxScreen.vue') },
  { path: '/stuck', redirect: '/admin/stuck' },
  { path: '/lists/:matter?', name: 'lists', component: () => import('./ListsScreen.vue') },
  { path: '/programme/:matter?', name: 'programme', component: () => import('./ProgrammeScreen.vue') },
  { path: '/hotspots/:key?', name: 'hotspots', component: orMissing('../hotspots/HotspotsScreen.vue'), meta: { full: true } },
  { path: '/black-spots/:key?', name: 'black-spots', component: orMissing('../risk/BlackSpotsScreen.vue'), meta: { full: true } },
  { path: '/forecast', name: 'forecast', component: orMissing('../risk/ForecastScreen.vue') },
  { path: '/repeats', name: 'repeats', component: orMissing('../risk/RepeatsScreen.vue') },
  { path: '/scoreboard', name: 'scoreboard', component: () => import('./ScoreboardScreen.vue') },
  { path: '/admin/:tab?/:item?', name: 'admin', component: () => import('./AdminScreen.vue') },
  { path: '/', redirect: () => (me.value?.home ?? '').split('#')[1] || '/inbox' },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./MissingScreen.vue') },
]

export const router = createRouter({
  history: createWebHashHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})
router.beforeEach(async to => {
  if (to.name === 'login') return true
  const someone = await whoAmI().catch(() => null)
  return someone ? true : { name: 'login', query: to.redirectedFrom || to.fullPath === '/' ? {} : { to: to.fullPath } }
})
