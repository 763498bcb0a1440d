import type { Sensitive } from '../sensitive.ts';

/** A login of a PostgreSQL server: the name of a role and its password. */
export interface Credential {
  readonly role: string;
  readonly password: Sensitive;
}

export const isSameCredential = (a: Credential | undefined, b: Credential | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.role === b.role && a.password.equals(b.password);
