import type { Hit } from './search.ts';

/** A value in an object of the cluster. It names the place, and holds nothing of the value. */
export interface FoundPlace extends Hit {
  /** For a record: the Secret whose record it is. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly field: Field;
}

export type Field =
  | { readonly kind: 'key'; readonly key: string }
  /** A key in earlier versions of the Secret. */
  | { readonly kind: 'versions'; readonly key: string; readonly versions: readonly number[] }
  /** A password of the login that the record keeps. */
  | { readonly kind: 'login' }
  | { readonly kind: 'annotation'; readonly annotation: string }
  | { readonly kind: 'env'; readonly container: string; readonly variable: string }
  | { readonly kind: 'command'; readonly container: string };

/** `key DATABASE_URL`, `container web, env PGPASSWORD` */
export function fieldText(field: Field): string {
  switch (field.kind) {
    case 'key':
      return `key ${field.key}`;
    case 'versions':
      return `key ${field.key} in ${field.versions.length === 1 ? 'version' : 'versions'} ${field.versions.join(', ')} of its record`;
    case 'login':
      return 'a login in its record';
    case 'annotation':
      return `annotation ${field.annotation}`;
    case 'env':
      return `container ${field.container}, env ${field.variable}`;
    case 'command':
      return `container ${field.container}, command, args, probe or hook`;
  }
}
