import type { Policy } from '../../policy/policy.ts';
import { validateSecret } from '../../review/decide/decide.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { denies, type Finding, sentenceWithoutPolicy } from '../../secret/finding/finding.ts';
import { plainSecret } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';

/** The login that the first start creates. */
export interface InitialLogin {
  /** The key that holds its password, in its spelling: `POSTGRES_PASSWORD`, `password`. */
  readonly key: string;
  readonly role: string;
  readonly password: Sensitive;
  readonly database: string;
}

export interface InitialLoginResult {
  /** Undefined if there are errors. */
  readonly login: InitialLogin | undefined;
  /** One sentence each, without a value. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

type InitialValues = ReadonlyMap<string, Sensitive>;

/** The keys that the image reads, and those of operators and of `kubernetes.io/basic-auth`. */
const SPELLINGS = {
  POSTGRES_USER: ['POSTGRES_USER', 'username', 'user'],
  POSTGRES_PASSWORD: ['POSTGRES_PASSWORD', 'password'],
  POSTGRES_DB: ['POSTGRES_DB', 'dbname', 'database'],
} as const;
type LoginKeyName = keyof typeof SPELLINGS;
const NAMES = Object.keys(SPELLINGS) as readonly LoginKeyName[];

/**
 * The login that the first start would create from these values. The image reads only the first line of the password.
 * PostgreSQL stores a text that looks like a hash as a verifier. The usual rules refuse both.
 */
export function validateInitialLogin(
  values: InitialValues,
  policies: readonly Policy[],
  context: EngineContext,
): InitialLoginResult {
  const keys = new Map(NAMES.map((name) => [name, keyIn(values, name)]));
  const keyOf = (name: string): string => keys.get(name as LoginKeyName) ?? name;
  const password = values.get(keyOf('POSTGRES_PASSWORD'));
  if (password === undefined || password.isEmpty)
    return {
      login: undefined,
      errors: [`${keyOf('POSTGRES_PASSWORD')} has no value: set one`],
      warnings: [],
    };

  const role = textOr(values.get(keyOf('POSTGRES_USER')), Sensitive.fromText('postgres'));
  const database = textOr(values.get(keyOf('POSTGRES_DB')), role);
  const findings = findingsOf({ POSTGRES_USER: role, POSTGRES_PASSWORD: password, POSTGRES_DB: database });
  const text = (finding: Finding): string => `${keyOf(finding.key)} ${sentenceWithoutPolicy(finding)}`;
  const refused = [
    ...findings.filter(denies).map(text),
    ...impossibleRole(role).map((what) => `${keyOf('POSTGRES_USER')} ${what}`),
  ];
  const noted = findings.filter(({ action }) => action === 'Warn').map(text);
  if (refused.length > 0) return { login: undefined, errors: refused, warnings: noted };
  const login = { role: plain(role), password, database: plain(database), key: keyOf('POSTGRES_PASSWORD') };
  return { login, errors: refused, warnings: noted };

  function findingsOf(data: Readonly<Record<LoginKeyName, Sensitive>>): readonly Finding[] {
    const request = {
      operation: 'CREATE',
      secret: aSecret(data),
      old: undefined,
      username: undefined,
    } as const;
    const isOfLogin = ({ key, rule }: Finding): boolean =>
      rule === 'too-large' || NAMES.some((name) => name === key);
    return validateSecret(request, policies, context).findings.filter(isOfLogin);
  }
}

const keyIn = (values: InitialValues, name: LoginKeyName): string | undefined =>
  SPELLINGS[name].find((key) => values.get(key)?.isEmpty === false);

/** The image treats an empty variable as absent. */
const textOr = (value: Sensitive | undefined, otherwise: Sensitive): Sensitive =>
  value === undefined || value.isEmpty ? otherwise : value;

const plain = (value: Sensitive): string => value.withPlaintext(({ text }) => text ?? '');

/** NAMEDATALEN - 1: PostgreSQL truncates a longer name. */
const MAX_NAME_BYTES = 63;

function impossibleRole(role: Sensitive): readonly string[] {
  if (role.size > MAX_NAME_BYTES)
    return ['is longer than 63 bytes, and PostgreSQL would cut it off: choose a shorter name'];
  return role.withPlaintext(({ text }) => text?.startsWith('pg_') === true)
    ? ['begins with pg_, which PostgreSQL keeps for itself: choose another name']
    : [];
}

/**
 * The host makes the rules for URLs apply, because applications will use a URL. No policy selects this name and
 * namespace on purpose.
 */
const aSecret = (data: Readonly<Record<LoginKeyName, Sensitive>>) =>
  plainSecret({
    name: 'init-db',
    namespace: 'default',
    data: new Map([...Object.entries(data), ['POSTGRES_HOST', Sensitive.fromText('postgres')]]),
  });
