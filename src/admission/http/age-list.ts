/** An object that can be in one AgeList at a time. */
export class AgeListEntry {
  /** The list fields are set by AgeList alone. */
  list: object | undefined;
  older: AgeListEntry | undefined;
  newer: AgeListEntry | undefined;
}

/**
 * The entries in the order in which they were added.
 *
 * A Set has the same order. But each few changes of a Set leave a table behind that refers to the next table. If one
 * such table grows old, V8 keeps all later ones with their content until a full collection, and every review with them.
 */
export class AgeList<Entry extends AgeListEntry> {
  #oldest: AgeListEntry | undefined;
  #newest: AgeListEntry | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Entry | undefined {
    return this.#oldest as Entry | undefined;
  }

  has(entry: Entry): boolean {
    return entry.list === this;
  }

  /** Adds the entry as the newest one. It must not be in another list. */
  add(entry: Entry): void {
    if (entry.list === this) return;
    entry.list = this;
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#size += 1;
  }

  /** Returns whether the entry was in this list. */
  delete(entry: Entry): boolean {
    if (entry.list !== this) return false;
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.list = undefined;
    entry.older = undefined;
    entry.newer = undefined;
    this.#size -= 1;
    return true;
  }

  /** Calls `visit` with each entry, the oldest first. It may delete the entry from the list. */
  forEach(visit: (entry: Entry) => void): void {
    for (let entry = this.#oldest; entry !== undefined; ) {
      const { newer } = entry;
      visit(entry as Entry);
      entry = newer;
    }
  }

  /** The oldest entry that `accepts` allows. */
  find(accepts: (entry: Entry) => boolean): Entry | undefined {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer)
      if (accepts(entry as Entry)) return entry as Entry;
    return undefined;
  }
}
