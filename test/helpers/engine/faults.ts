import type { RuleId } from '../../../src/engine/secret/finding/finding.ts';
import { base64 } from '../cluster/team.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import { CHAIN, expired, leaf, other, root } from './certificates.ts';

/** Differences from a Secret without a fault. Undefined leaves the key out. */
export interface Fault {
  readonly stringData?: Readonly<Record<string, string | undefined>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** The fields of a key that no built-in policy has, each for a sensitive key and for another one. */
export const FORM_POLICY = aSecretPolicy('forms', {
  keys: {
    LIMITED: { sensitive: true, maxLength: 40 },
    PREFIXED: { sensitive: true, prefix: 'sk_live_' },
    BEGINNING: { prefix: 'https://' },
    CHOSEN: { sensitive: true, enum: ['Vq7mT2xLr9KcW4nB8sZd', 'x7Kq2mV9rT4nB8sZdLcW'] },
    CHOICE: { enum: ['debug', 'info'] },
    MATCHED: { sensitive: true, pattern: '^[0-9]{20}$' },
    MATCHING: { pattern: '^[0-9]{2}$' },
    LONG: { pattern: '^.{1,100}$' },
    VALIDATED: { validations: [{ expression: 'self.size() < 5', message: 'must be short' }] },
    NUMBERED: { validations: [{ expression: 'int(self) > 0', message: 'must be positive' }] },
    KEPT: { onChange: 'Keep' },
    GUARDED: { onChange: 'Refuse' },
    QUOTED: {},
    'my.cnf': { derive: { template: '[client]\npassword="${QUOTED}"\n', addWith: ['QUOTED'] } },
  },
});

/**
 * The fault that makes each rule speak, of values of `story` and of `secret` alone. `too-large` speaks
 * alone, `changed` is for updates, and four rules need a record. `length` counts the characters before `end`.
 */
export function faultsOf(
  story: Readonly<Record<string, string>>,
  secret: (length?: number, end?: string) => string,
): Record<
  Exclude<RuleId, 'too-large' | 'changed' | 'changed-again' | 'two-writers' | 'replaced' | 'reverted'>,
  Fault
> {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, JWT_SECRET } = story;
  return {
    required: { stringData: { JWT_SECRET: undefined } },
    empty: { stringData: { JWT_SECRET: '' } },
    removed: { stringData: { PASSWORD_MASTER_KEY: undefined } },
    underivable: { stringData: { POSTGRES_USER: undefined } },
    unquotable: { stringData: { QUOTED: `${secret()}"\n${secret()}` } },
    'trailing-newline': { stringData: { JWT_SECRET: `${secret()}\n`, API_TOKEN: `${secret()}\n` } },
    quoted: { stringData: { JWT_SECRET: `"${secret()}"`, API_TOKEN: `'${secret()}'` } },
    whitespace: { stringData: { JWT_SECRET: ` ${secret()}` } },
    // Read as base64.
    'plain-text-in-data': { stringData: { API_TOKEN: undefined }, data: { API_TOKEN: 'password' } },
    'double-base64': { stringData: { JWT_SECRET: base64(`postgresql://app:${secret()}@db/app`) } },
    'unrendered-template': {
      stringData: { JWT_SECRET: `\${${secret()}}`, CSRF_SECRET: `{{ .Values.${secret()} }}` },
    },
    'unresolved-reference': { stringData: { JWT_SECRET: `vault:secret/data/${secret()}#password` } },
    placeholder: {
      stringData: {
        JWT_SECRET: `$(openssl rand -base64 48 ${secret()})`,
        API_TOKEN: `CHANGE_ME`,
        'config.yaml': `${secret()}:\n  password: CHANGE_ME\n  token: ${secret()}\n  url: <${secret()}>\n`,
        'app.json': `{"tokens":{"${secret()}":{"password":"CHANGE_ME","key":"${secret()}`,
      },
    },
    'min-length': { stringData: { JWT_SECRET: secret(10) } },
    // Two, because what is drawn may read as a word, and one such value as a placeholder.
    weak: { stringData: { JWT_SECRET: secret(4, '~'.repeat(40)), CSRF_SECRET: secret(4, '~'.repeat(40)) } },
    'control-character': { stringData: { POSTGRES_PASSWORD: `${secret()}\u0007${secret()}` } },
    'unportable-name': { stringData: { POSTGRES_DB: `${secret()}/app` } },
    'hash-shaped': {
      stringData: { POSTGRES_PASSWORD: `SCRAM-SHA-256$4096:${secret()}$${secret()}:${secret()}` },
    },
    'unstable-unicode': { stringData: { POSTGRES_PASSWORD: `${secret()}\u00ad${secret()}` } },
    'non-ascii': { stringData: { POSTGRES_PASSWORD: `${secret()}\u00fc` } },
    // By FORM_POLICY. A value that is long enough for its key is none of a prefix or a text of the policy.
    'max-length': { stringData: { LIMITED: `${secret()}${secret()}` } },
    prefix: { stringData: { PREFIXED: secret(), BEGINNING: secret() } },
    enum: { stringData: { CHOSEN: secret(), CHOICE: secret() } },
    pattern: { stringData: { MATCHED: secret(), MATCHING: secret(), LONG: secret().repeat(60) } },
    validation: { stringData: { VALIDATED: secret() } },
    'policy-error': { stringData: { NUMBERED: secret() } },
    format: { stringData: { REDIS_URL: `https://app:${secret()}@redis/0` } },
    'invalid-uri': {
      stringData: { DATABASE_URL: `postgres//app:${secret()}@db`, REDIS_URL: `redis//app:${secret()}@redis` },
    },
    'unescaped-uri': {
      stringData: { DATABASE_URL: `postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@db/${POSTGRES_DB}` },
    },
    // The same user: the URL of another one is left alone.
    mismatch: { stringData: { DATABASE_URL: `postgresql://${POSTGRES_USER}:${secret()}@db/${secret()}` } },
    distinct: { stringData: { JWT_REFRESH_SECRET: JWT_SECRET } },
    'stale-copy': {
      stringData: { DIRECT_URL: `postgresql://${POSTGRES_USER}:${secret()}@db/${POSTGRES_DB}` },
    },
    'invalid-certificate': {
      stringData: {
        'tls.crt': certificateOf(`${secret()}${secret()}`),
        'tls.key': leaf.key,
      },
    },
    'certificate-mismatch': { stringData: { 'tls.crt': CHAIN, 'tls.key': other.key } },
    'certificate-order': { stringData: { 'tls.crt': `${root.cert}${leaf.cert}`, 'tls.key': leaf.key } },
    'expired-certificate': { stringData: { 'tls.crt': expired.cert, 'tls.key': expired.key } },
    // Every client-side apply makes one.
    'exposed-annotation': { stringData: {} },
  };
}

/** A certificate in form alone: PEM, and a length that fits. Another length is a placeholder. */
function certificateOf(text: string): string {
  const base64 = Buffer.from([0x30, text.length, ...Buffer.from(text)]).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
