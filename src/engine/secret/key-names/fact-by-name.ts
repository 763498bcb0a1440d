/** The limit of the API server for the name of a key. A client that is not the API server may send megabytes. */
const MAX_NAME_LENGTH = 253;
/** A cluster has few different names, and several rules ask about each. */
const MAX_CACHED = 4096;
/** The limit for all names of one cache. A tenant may send thousands of long ones. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * A fact that follows from a name alone: of a key, a Secret or a namespace, never from a value. It is computed once for
 * each name, and the memory is bounded.
 */
export function factByName<Fact>(compute: (name: string) => Fact): (name: string) => Fact {
  const known = new Map<string, { readonly fact: Fact }>();
  let characters = 0;
  return (name) => {
    if (name.length > MAX_NAME_LENGTH) return compute(name);
    const found = known.get(name);
    if (found !== undefined) return found.fact;
    const fact = compute(name);
    if (known.size >= MAX_CACHED || characters + name.length > MAX_CHARACTERS) {
      known.clear();
      characters = 0;
    }
    characters += name.length;
    known.set(name, { fact });
    return fact;
  };
}
