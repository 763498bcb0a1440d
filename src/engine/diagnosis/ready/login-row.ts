import type { RoleFacts } from '../../login/postgres/role-server.ts';
import type { PasswordPlace } from './password-places.ts';
import type { Readiness } from './readiness.ts';

/** One login of the cluster in the report. It holds no password. */
export interface LoginRow {
  readonly namespace: string;
  readonly name: string;
  readonly keys: { readonly user: string; readonly password: string };
  /** Undefined if it is not known, or if the value may be no role. */
  readonly role: string | undefined;
  readonly server: { readonly host: string; readonly port: number } | undefined;
  /** The name of the PostgresCredential. */
  readonly credential: string | undefined;
  /** The password is from that time, or older. */
  readonly since: { readonly time: Date; readonly isAtLeast: boolean };
  /** The kind of the stored hash. Undefined if no administrator could read it. */
  readonly hash: RoleFacts['verifier'];
  readonly copies: readonly PasswordPlace[];
  /** The number of copies, of which `copies` may be a part. */
  readonly copyCount: number;
  /** The other manager of the Secret or of the role. */
  readonly manager: { readonly name: string | undefined; readonly sentence: string } | undefined;
  readonly proof:
    | { readonly kind: 'now' }
    /** The controller has proven it each minute since then. */
    | { readonly kind: 'since'; readonly time: string }
    | undefined;
  readonly readiness: Readiness;
}

export interface LoginReport {
  readonly rows: readonly LoginRow[];
  /** The number of Secrets that were looked at. */
  readonly secrets: number;
  /** The objects that could not be read. */
  readonly unread: readonly string[];
  /** The logins were tried. */
  readonly isAsked: boolean;
  readonly now: Date;
}

/** A hash of MD5 is guessed fast, and a stolen one is enough for a login by MD5. */
export const hasWeakHash = ({ hash }: Pick<LoginRow, 'hash'>): boolean => hash === 'md5';
