import { parse } from 'pg-connection-string';
import t from 'tap';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { mutateSecret, validateSecret } from '../../../../src/engine/review/decide/decide.ts';
import { denies } from '../../../../src/engine/secret/finding/finding.ts';
import type { Request, Secret } from '../../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { afterMutation, aPolicy, aSecret, testContext } from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

const SPELLINGS = ['DB_PASSWORD', 'db-password', 'password'] as const;
const policyOf = (onChange: 'Keep' | 'Refuse'): Policy =>
  aPolicy('histories', {
    keys: {
      DB_PASSWORD: { sensitive: true, minLength: 15, aliases: SPELLINGS.slice(1), onChange },
      TOKEN: { onChange },
      DATABASE_URL: { derive: { template: 'postgresql://app:${DB_PASSWORD}@db:5432/shop' } },
    },
  });

const ACCEPTED = ['Vq7mT2xLr9KcW4nB8sZd', 'h3JfPz6RyD1gXw5EuNaQ', 'pY4kLx0QmVb7Rz2NcT9w'];
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ACCEPTED) },
  fc.constantFrom('', 'CHANGE_ME'),
);
const url = fc.constantFrom(...ACCEPTED).map((password) => `postgresql://app:${password}@pooler:6432/shop`);
const spelling = fc.constantFrom(...SPELLINGS);

/** A person edits keys, a chart renders the whole Secret, or an earlier version is written again. */
const step = fc.record({
  writer: fc.constantFrom('edit', 'chart', 'restore'),
  consent: fc.constantFrom('none', 'annotation', 'late', 'command'),
  password: fc.option(fc.tuple(spelling, value), { nil: undefined }),
  token: fc.option(value, { nil: undefined }),
  url: fc.option(url, { nil: undefined }),
  drops: fc.subarray(['TOKEN', 'DATABASE_URL', ...SPELLINGS], { maxLength: 2 }),
  version: fc.nat(20),
  /** Another writer was first: its write is stored between this one's read and write. */
  isStale: fc.boolean(),
  /** Seconds between the two webhooks. */
  seconds: fc.constantFrom(0, 1, 29),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const START = Date.parse('2026-11-25T12:00:00Z');
const timeOf = (ms: number): string => new Date(ms).toISOString();

/** A consent that ends half a second after the mutating webhook, or had ended before the grace of the validating one. */
function annotationsOf({ consent }: Step): ReadonlyMap<string, string> {
  if (consent === 'annotation') return new Map([['lockstep.dev/allow-change-until', timeOf(START + 500)]]);
  if (consent === 'late') return new Map([['lockstep.dev/allow-change-until', timeOf(START - 31_000)]]);
  return new Map();
}

function writtenBy(one: Step, stored: Secret, versions: readonly Secret[]): Secret {
  const base = one.isStale ? (versions.at(-2) ?? stored) : stored;
  const data = new Map(one.writer === 'chart' ? [] : base.data);
  if (one.writer === 'restore')
    return {
      ...stored,
      data: versions[one.version % versions.length]!.data,
      annotations: annotationsOf(one),
    };
  if (one.writer === 'edit') for (const key of one.drops) data.delete(key);
  if (one.password !== undefined) {
    // Another spelling is a new name.
    for (const key of SPELLINGS) data.delete(key);
    data.set(one.password[0], Sensitive.fromText(one.password[1]));
  }
  if (one.token !== undefined) data.set('TOKEN', Sensitive.fromText(one.token));
  if (one.url !== undefined) data.set('DATABASE_URL', Sensitive.fromText(one.url));
  return { ...stored, data, annotations: annotationsOf(one) };
}

/** Both webhooks. Undefined if the write is refused. */
function admitted(request: Request, policies: readonly Policy[], seconds: number): Secret | undefined {
  const at = (ms: number) => ({ ...testContext, now: () => new Date(ms) });
  const after = afterMutation(request, mutateSecret(request, policies, at(START)));
  const { findings } = validateSecret(after, policies, at(START + seconds * 1000));
  return findings.some(denies) ? undefined : after.secret;
}

const textOf = (secret: Secret, key: string): string | undefined =>
  secret.data.get(key)?.withPlaintext(({ text }) => text);

/** By whichever of its names the Secret holds it. */
const passwordOf = (secret: Secret): string | undefined =>
  SPELLINGS.map((key) => textOf(secret, key)).find((text) => text !== undefined);

const isAccepted = (text: string | undefined): boolean => text !== undefined && ACCEPTED.includes(text);

for (const onChange of ['Keep', 'Refuse'] as const) {
  t.test(`${onChange}: no history changes an accepted value without consent`, async (t) => {
    const policies = [policyOf(onChange)];
    const counts = { kept: 0, consented: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        let stored = aSecret({ DB_PASSWORD: ACCEPTED[0]!, TOKEN: ACCEPTED[1]!, DATABASE_URL: '' });
        const versions = [stored];
        for (const one of steps) {
          const secret = writtenBy(one, stored, versions);
          const fieldManager = one.consent === 'command' ? 'lockstep' : 'helm';
          const request: Request = {
            ...{ operation: 'UPDATE', secret, old: stored, username: 'jane', fieldManager },
          };
          const after = admitted(request, policies, one.seconds);
          if (after === undefined) {
            counts.refused += 1;
            continue;
          }
          const hasConsent = one.consent === 'annotation' || one.consent === 'command';
          if (hasConsent) {
            counts.consented += 1;
            const [password, token] = [passwordOf(secret), textOf(secret, 'TOKEN')];
            if (passwordOf(after) !== password || textOf(after, 'TOKEN') !== token) return false;
          } else {
            counts.kept += 1;
            const [password, token] = [passwordOf(stored), textOf(stored, 'TOKEN')];
            if (isAccepted(password) && passwordOf(after) !== password) return false;
            if (isAccepted(token) && textOf(after, 'TOKEN') !== token) return false;
          }
          if (!isInSync(stored, secret, after)) return false;
          stored = after;
          versions.push(after);
        }
        return true;
      }),
      { numRuns: 400 },
    );
    t.ok(counts.kept > 100 && counts.consented > 100 && counts.refused > 20, JSON.stringify(counts));
  });
}

/** The URL has the password, unless this write touched neither of them. */
function isInSync(before: Secret, written: Secret, after: Secret): boolean {
  const isUntouched = [...SPELLINGS, 'DATABASE_URL'].every(
    (key) => textOf(before, key) === textOf(after, key) && textOf(before, key) === textOf(written, key),
  );
  const [url, password] = [textOf(after, 'DATABASE_URL') ?? '', passwordOf(after)];
  return isUntouched || url === '' || !isAccepted(password) || parse(url).password === password;
}

t.test('a consented change of one writer does not undo the protection for the next one', async (t) => {
  const policies = [policyOf('Keep')];
  const stored = aSecret({ DB_PASSWORD: ACCEPTED[0]! });
  const changed = aSecret({ DB_PASSWORD: ACCEPTED[1]! });
  const rotated = admitted(
    { operation: 'UPDATE', secret: changed, old: stored, username: 'jane', fieldManager: 'lockstep' },
    policies,
    0,
  );
  const late = admitted(
    { operation: 'UPDATE', secret: stored, old: rotated, username: 'argocd' },
    policies,
    0,
  );
  t.equal(textOf(late!, 'DB_PASSWORD'), ACCEPTED[1]);
});
