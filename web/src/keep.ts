/** A small key-value store on this device. Blobs are fine; keys sort. */
export interface Keep {
  get<T>(key: string): Promise<T | undefined>
  set(key: string, value: unknown): Promise<void>
  remove(key: string): Promise<void>
  keys(prefix: string): Promise<string[]>
}
export function memoryKeep(): Keep {
  const all = new Map<string, unknown>()
  return {
    get: async <T>(key: string) => all.get(key) as T | undefined,
    set: async (key, value) => { all.set(key, value) },
    remove: async key => { all.delete(key) },
    keys: async prefix => [...all.keys()].filter(key => key.startsWith(prefix)).sort(),
  }
}
/** IndexedDB; where a browser denies it (private mode), memory for this visit. */
export function deviceKeep(name = 'gongzhi'): Keep {
  const fallback = memoryKeep()
  let opened: Promise<IDBDatabase | null> | null = null
  const open = () => opened ??= new Promise(done => {
    try {
      const ask = indexedDB.open(name, 1)
      ask.onupgradeneeded = () => ask.result.createObjectStore('keep')
      ask.onsuccess = () => done(ask.result)
      ask.onerror = () => done(null)
      ask.onblocked = () => done(null)
    } catch { done(null) }
  })
  async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>, otherwise: () => Promise<T>): Promise<T> {
    const base = await open()
    if (!base) return otherwise()
    return new Promise((done, fail) => {
      const change = base.transaction('keep', mode)
      const ask = act(change.objectStore('keep'))
      // Writes are only done once the transaction is: a closed tab must not lose them.
      change.oncomplete = () => done(ask.result)
      change.onerror = change.onabort = () => fail(change.error ?? new Error('storage'))
    })
  }
  return {
    get: <T>(key: string) => run<T | undefined>('readonly', store => store.get(key) as IDBRequest<T | undefined>, () => fallback.get<T>(key)),
    set: async (key, value) => { await run('readwrite', store => store.put(value, key) as IDBRequest<unknown>, () => fallback.set(key, value)) },
    remove: async key => { await run('readwrite', store => store.delete(key) as IDBRequest<unknown>, () => fallback.remove(key)) },
    keys: prefix => run('readonly', store => store.getAllKeys() as IDBRequest<IDBValidKey[]>, () => fallback.keys(prefix)).then(all => all.map(String).filter(key => key.startsWith(prefix)).sort()),
  }
}
