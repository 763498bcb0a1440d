import { Buffer } from 'node:buffer';
import { parse } from 'pg-connection-string';
import t from 'tap';
import { decide } from '../../../../src/engine/review/decide/decide.ts';
import type { Decision } from '../../../../src/engine/review/evaluation/decision.ts';
import { denies, sentence } from '../../../../src/engine/secret/finding/finding.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { anyRequest, data, key, policies, strong } from '../../../helpers/engine/arbitrary.ts';
import {
  aCreate,
  afterMutation,
  aSecret,
  builtins,
  findingTexts,
  mutated,
  STORY,
  testContext,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

const RUNS = { seed: 20261125, numRuns: 400 };

const revealed = (decision: Decision) => decision.changes.map(({ key: one, value }) => [one, value.reveal()]);

t.test('a second decision changes nothing', async (t) => {
  fc.assert(
    fc.property(anyRequest, policies, (one, by) => {
      const again = validated(afterMutation(one, validated(one, by)), by);
      return again.changes.length === 0;
    }),
    RUNS,
  );
  t.pass();
});

t.test('validate accepts or reports the result of mutate, and no change is left to make', async (t) => {
  fc.assert(
    fc.property(anyRequest, policies, (one, by) => {
      const once = validated(one, by);
      const final = afterMutation(one, mutated(one, by));
      const named = validatedOnly(final, by);
      if (JSON.stringify(revealed(once)) !== JSON.stringify(revealed(mutated(one, by)))) return false;
      if (JSON.stringify(findingTexts(named)) !== JSON.stringify(findingTexts(once))) return false;
      const known = new Set(['', ...final.secret.data.keys()]);
      return named.findings.every(
        ({ key: about, rule }) =>
          known.has(about) ||
          ['required', 'underivable', 'empty'].includes(rule) ||
          !one.secret.data.has(about),
      );
    }),
    RUNS,
  );
  t.pass();
});

t.test('a Secret that lockstep may change keeps no finding that a change corrects', async (t) => {
  const MENDED = ['mismatch', 'trailing-newline', 'quoted'];
  fc.assert(
    fc.property(data, (values) => {
      const one = { ...aCreate({}), secret: { ...aSecret({}), data: values } };
      const { findings } = validated(one);
      return !findings.some(({ rule, action }) => MENDED.includes(rule) && action === 'Enforce');
    }),
    RUNS,
  );
  t.pass();
});

t.test('the order of keys does not matter', async (t) => {
  fc.assert(
    fc.property(anyRequest, policies, (one, by) => {
      const turned = (secret: Secret): Secret => ({ ...secret, data: new Map([...secret.data].reverse()) });
      const old = one.old === undefined ? undefined : turned(one.old);
      const [a, b] = [validated(one, by), validated({ ...one, secret: turned(one.secret), old }, by)];
      const sorted = (decision: Decision): string => JSON.stringify(revealed(decision).sort());
      // The order decides which of two equal values must be changed. It does not decide whether one must.
      const rules = (decision: Decision): string =>
        JSON.stringify(decision.findings.map(({ rule, action }) => `${action} ${rule}`).sort());
      return sorted(a) === sorted(b) && rules(a) === rules(b);
    }),
    RUNS,
  );
  t.pass();
});

const bases = fc.record({
  POSTGRES_USER: fc.stringMatching(/^[a-z_@/:é ]{1,12}[a-z]$/),
  POSTGRES_PASSWORD: fc
    .tuple(fc.string({ maxLength: 12, unit: 'grapheme-ascii' }), strong)
    .map((two) => two.join('')),
  POSTGRES_DB: fc.stringMatching(/^[a-z][a-z0-9._~-]{0,20}$/),
});
const part = fc.stringMatching(/^[A-Za-z0-9._~!$*,;=-]{1,12}$/);

t.test(
  'after a correction a driver reads bound parts as in the base keys, and the old free parts',
  async (t) => {
    let read = 0;
    fc.assert(
      fc.property(
        bases,
        fc.constantFrom('postgres', 'postgresql', 'postgresql+asyncpg'),
        fc.tuple(part, part, fc.integer({ min: 1, max: 65535 })),
        fc.constantFrom('', '?sslmode=require', '?application_name=a%20b&connect_timeout=5'),
        (values, scheme, [password, database, port], query) => {
          const host = 'pooler-1.shop.svc';
          const user = encodeURIComponent(values.POSTGRES_USER);
          const stale = `${scheme}://${user}:${password}@${host}:${port}/${database}${query}`;
          const one = aCreate({ ...STORY, ...values, DATABASE_URL: stale });
          const decision = validated(one);
          if (decision.findings.some(denies)) return true;
          const result = writtenValues(decision).DATABASE_URL ?? stale;
          if (!result.startsWith(`${scheme}://`) || !result.endsWith(query)) return false;
          const parsed = parse(result.replace(/^postgresql\+asyncpg/, 'postgresql'));
          read++;
          return (
            parsed.user === values.POSTGRES_USER &&
            parsed.password === values.POSTGRES_PASSWORD &&
            parsed.database === values.POSTGRES_DB &&
            parsed.host === host &&
            parsed.port === String(port)
          );
        },
      ),
      RUNS,
    );
    t.ok(read > RUNS.numRuns / 2, 'most of them were let in');
  },
);

t.test('no finding, fix or warning holds a piece of a value', async (t) => {
  const canary = fc.stringMatching(/^[A-Za-z0-9]{16}$/);
  const dirty = fc
    .tuple(canary, fc.constantFrom('', '\n', '"', '@/#', '${', '://u:', ' ', '\0', 'é', 'CHANGE_ME', '=='))
    .chain(([one, more]) =>
      fc.constantFrom(
        `${one}${more}`,
        `${more}${one}`,
        `"${one}${more}"`,
        `postgresql://${one}:${one}${more}@${one}/${one}`,
      ),
    );
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(key, dirty), { selector: ([one]) => one, maxLength: 10 }),
      (pairs) => {
        const one = {
          ...aCreate({}),
          secret: {
            ...aSecret({}),
            data: new Map(pairs.map(([name, value]) => [name, Sensitive.fromText(value)])),
          },
        };
        const decision = validated(one);
        const names = pairs.map(([name]) => name).join(' ');
        const output = JSON.stringify(decision) + decision.findings.map(sentence).join('\n');
        return pairs.every(([, value]) =>
          piecesOf(value).every((some) => !output.includes(some) || names.includes(some)),
        );
      },
    ),
    RUNS,
  );
  t.pass();
});

/** Every run of eight letters and digits that no constant text of lockstep contains by chance. */
function piecesOf(value: string): readonly string[] {
  const pieces: string[] = [];
  for (const [run] of value.matchAll(/[A-Za-z0-9]{16}/g)) {
    for (let at = 0; at + 8 <= run.length; at++) pieces.push(run.slice(at, at + 8));
  }
  return pieces.filter((some) => !'postgresql'.includes(some));
}

t.test('every generated value passes', async (t) => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (chance) => {
      const random = (size: number) => Uint8Array.from({ length: size }, () => chance.next().value ?? 0);
      const one = aCreate(
        { POSTGRES_USER: 'recon', POSTGRES_DB: 'orders' },
        { annotations: new Map([['lockstep.dev/generate', 'true']]) },
      );
      return decide(one, builtins, { ...testContext, random }).findings.length === 0;
    }),
    { ...RUNS, numRuns: 200 },
  );
  t.pass();
});

t.test('never refuses random strong values in the example Secret', async (t) => {
  const shapes = fc.oneof(
    fc.uint8Array({ minLength: 32, maxLength: 64 }).map((one) => Buffer.from(one).toString('base64')),
    fc.uint8Array({ minLength: 32, maxLength: 64 }).map((one) => Buffer.from(one).toString('base64url')),
    fc.uint8Array({ minLength: 32, maxLength: 48 }).map((one) => Buffer.from(one).toString('hex')),
    fc.stringMatching(/^[A-Za-z0-9]{40,64}$/),
  );
  const random = fc.noBias(shapes);
  fc.assert(
    fc.property(random, random, random, random, random, (password, jwt, refresh, csrf, master) => {
      const values = [password, jwt, refresh, csrf, master];
      fc.pre(new Set(values).size === values.length);
      const one = aCreate({
        ...STORY,
        POSTGRES_PASSWORD: password,
        JWT_SECRET: jwt,
        JWT_REFRESH_SECRET: refresh,
        CSRF_SECRET: csrf,
        PASSWORD_MASTER_KEY: master,
        REDIS_URL: `redis://:${encodeURIComponent(password)}@redis:6379/0`,
      });
      return validated(one).findings.length === 0;
    }),
    RUNS,
  );
  t.pass();
});
