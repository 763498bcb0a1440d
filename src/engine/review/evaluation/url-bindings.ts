import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../../policy/template/template.ts';
import type { Secret } from '../../secret/secret.ts';
import type { PartName } from '../../value/uri/connection.ts';
import { isAdded } from './added-key.ts';
import { foreignSystem } from './foreign-system.ts';
import type { ResolvedKeys } from './resolve-keys.ts';

/** The position of a base key in the URL of a derived key. */
export interface UrlBinding {
  readonly part: PartName;
  /** The system of the login: `postgres`, unless the Secret names another. */
  readonly system: string;
  /** The URL exists, or would be added. */
  readonly wanted: boolean;
  /** The part is free: the team chose it in the URL. */
  readonly free: boolean;
}

/** The half of a binding that follows from names: the templates of the derived keys. */
export interface UrlPosition {
  readonly part: PartName;
  /** The derived key. */
  readonly key: string;
  readonly derive: Derivation;
  readonly url: UrlTemplate;
}

/** The positions of each base key. */
export function urlPositionsOf({
  managedKeys,
  byName,
}: Pick<ResolvedKeys, 'managedKeys' | 'byName'>): ReadonlyMap<string, readonly UrlPosition[]> {
  const positions = new Map<string, UrlPosition[]>();
  for (const { key, entry } of managedKeys.values()) {
    const { derive } = entry;
    const url = derive?.template.url;
    if (derive === undefined || url === undefined) continue;
    for (const [part, expression] of url.parts) {
      for (const { name } of referencesOf(expression)) {
        const base = byName.get(name)?.key ?? name;
        const list = positions.get(base);
        if (list === undefined) positions.set(base, [{ part, key, derive, url }]);
        else list.push({ part, key, derive, url });
      }
    }
  }
  return positions;
}

interface UrlState {
  readonly system: string;
  readonly wanted: boolean;
  readonly hasValue: boolean;
}

/**
 * The bindings of all base keys. The values of the Secret say to which system a URL connects. They are read once for
 * each URL, and only if a rule asks.
 */
export class UrlBindings {
  readonly #data: Secret['data'];
  readonly #positions: ReadonlyMap<string, readonly UrlPosition[]>;
  readonly #keyOf: (name: string) => string;
  #urls: Map<string, UrlState> | undefined;

  constructor(
    data: Secret['data'],
    positions: ReadonlyMap<string, readonly UrlPosition[]>,
    keyOf: (name: string) => string,
  ) {
    this.#data = data;
    this.#positions = positions;
    this.#keyOf = keyOf;
  }

  /** The template of a URL names the key. */
  has(key: string): boolean {
    return this.#positions.has(key);
  }

  /** The template of a URL names the key in this part. */
  isPart(key: string, part: PartName): boolean {
    return this.#positions.get(key)?.some((one) => one.part === part) === true;
  }

  /** The key has this part in a URL for which `isTrue` holds. */
  some(key: string, part: PartName, isTrue: (binding: UrlBinding) => boolean): boolean {
    return (
      this.#positions.get(key)?.some((one) => one.part === part && isTrue(this.#bindingAt(one))) === true
    );
  }

  #bindingAt({ part, key, derive, url }: UrlPosition): UrlBinding {
    this.#urls ??= new Map();
    let state = this.#urls.get(key);
    if (state === undefined) {
      state = this.#stateOf(key, derive, url);
      this.#urls.set(key, state);
    }
    const { system, wanted, hasValue } = state;
    return { part, system, wanted, free: hasValue && derive.free.has(part) };
  }

  #stateOf(key: string, derive: Derivation, url: UrlTemplate): UrlState {
    const data = this.#data;
    const hasValue = data.get(key)?.isEmpty === false;
    return {
      system: foreignSystem(data, key, url, this.#keyOf) ?? url.system,
      wanted: hasValue || isAdded(data, key, derive),
      hasValue,
    };
  }
}
