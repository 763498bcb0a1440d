import type { Policy } from '../../policy/policy.ts';
import type { Secret } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { defaultLoginKeys, type FoundLogin, type LoginKeys } from '../in-secret/login-keys.ts';
import { urlLoginIn } from '../in-secret/logins.ts';
import { systemOf } from '../server-kinds/kinds.ts';
import { type StatedLogin, statedLogin, withValues } from './named-server.ts';

/** The login of a Secret as the controller will read it, complete or not. */
export interface LoginReading extends ChosenLogin {
  /** Undefined if a part of it can't be used. */
  readonly stated: StatedLogin | undefined;
  /** A sentence about each part that it lacks, or that can't be used. */
  readonly faults: readonly string[];
}

interface ChosenLogin {
  /** The Secret as if it held each key of the login. */
  readonly completed: Secret;
  readonly keys: LoginKeys;
  /** The keys that the Secret holds. */
  readonly held: Partial<LoginKeys>;
  /** A sentence about the keys that it lacks. */
  readonly missing: readonly string[];
  readonly isRoleKnown: boolean;
}

/** The reason why the Secret holds no login that can be chosen. Undefined if it holds one, or the parts of one. */
export function loginRefusal(found: FoundLogin): string | undefined {
  switch (found.kind) {
    case 'several': {
      const choices = found.choices.map(({ user, password }) => `${user},${password}`);
      return `it holds ${choices.length} logins, so choose one by --keys ${choices.slice(0, MAX_CHOICES).join(', or --keys ')}`;
    }
    case 'other-system':
      return `it holds a login of ${found.system}, and credentials are for PostgreSQL and Redis alone. If it holds one too, name its keys by --keys USER,PASSWORD`;
    case 'none':
      return 'it holds no login: no key is named for a password, and no value is a URL with one. Other names need --keys USER,PASSWORD';
    default:
      return undefined;
  }
}

const MAX_CHOICES = 8;

/** Undefined if `loginRefusal` has a reason. */
export function readLogin(
  secret: Secret,
  found: FoundLogin,
  policies: readonly Policy[],
): LoginReading | undefined {
  const login = chosenLogin(secret, found);
  if (login === undefined) return undefined;
  const stated = statedLogin(login.completed, login.keys, policies);
  return 'fault' in stated
    ? { ...login, stated: undefined, faults: [...login.missing, stated.fault] }
    : { ...login, stated, faults: login.missing };
}

function chosenLogin(secret: Secret, found: FoundLogin): ChosenLogin | undefined {
  if (found.kind === 'login') {
    const { keys } = found;
    return { completed: secret, keys, held: keys, missing: [], isRoleKnown: true };
  }
  if (found.kind === 'no-user') return withoutUser(secret, found.passwords);
  return found.kind === 'in-url' ? onlyInUrl(secret, found) : undefined;
}

function withoutUser(secret: Secret, [password = '', ...more]: readonly string[]): ChosenLogin {
  const { user } = defaultLoginKeys({});
  const others = more.length === 0 ? '' : `, or that of another password: ${more.join(', ')}`;
  return {
    completed: withValues(secret, { [user]: Sensitive.fromText('role') }),
    keys: { user, password, database: undefined },
    held: { password },
    missing: [
      `no key holds the name of the role: add it to the Secret as ${user}, next to ${password}${others}`,
    ],
    isRoleKnown: false,
  };
}

function onlyInUrl(
  secret: Secret,
  { urls, system }: Extract<FoundLogin, { kind: 'in-url' }>,
): ChosenLogin | undefined {
  const [login] = urls.flatMap((key) => urlLoginIn(secret, key, [systemOf({ system })]) ?? []);
  if (login === undefined) return undefined;
  const keys = { ...defaultLoginKeys({ system }), database: undefined };
  const { user, password } = keys;
  return {
    completed: withValues(secret, { [user]: Sensitive.fromText(login.user), [password]: login.password }),
    keys,
    held: { system },
    missing: [
      `user and password are only inside of ${urls.join(', ')}: add those of one login to the Secret, as ${user} and ${password}`,
    ],
    isRoleKnown: true,
  };
}
