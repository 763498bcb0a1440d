import t from 'tap';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { validateSecret } from '../../../../src/engine/review/decide/decide.ts';
import type { Request, Secret } from '../../../../src/engine/secret/secret.ts';
import type { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  aPolicy,
  findingTexts,
  GOOD,
  mutated,
  reasons,
  STORY,
  STORY_URL,
  sentences,
  testContext,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const URL_TEMPLATE = 'postgresql://app:${POSTGRES_PASSWORD}@db:5432/shop';
const spec = (onChange: string, more: object = {}): object => ({
  keys: {
    POSTGRES_PASSWORD: {
      sensitive: true,
      minLength: 15,
      aliases: ['DB_PASSWORD', 'postgres-password'],
      onChange,
    },
    DATABASE_URL: { derive: { template: URL_TEMPLATE } },
    LOG_LEVEL: {},
    ...more,
  },
});
const KEEP = [aPolicy('keep', spec('Keep'))];
const REFUSE = [aPolicy('refuse', spec('Refuse'))];
const urlOf = (password: string): string => `postgresql://app:${password}@db:5432/shop`;
const STORED = { POSTGRES_PASSWORD: GOOD.password, DATABASE_URL: urlOf(GOOD.password), LOG_LEVEL: 'info' };
const NEW = { POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: urlOf(GOOD.other), LOG_LEVEL: 'info' };
const IF_LOGIN =
  'or run lockstep rotate shop/app if it is the password of a PostgresCredential or RedisCredential';
const ADVICE = `to change it, set the annotation lockstep.dev/allow-change-until, ${IF_LOGIN}`;

type Values = Readonly<Record<string, string>>;
type Rest = Partial<Omit<Secret, 'data'>>;

const update = (before: Values, after: Values, rest: Rest = {}, more: Partial<Request> = {}): Request => ({
  ...anUpdate(before, after, { name: 'app', namespace: 'shop', ...rest }),
  ...more,
});
const until = (time: string): Rest => ({ annotations: new Map([['lockstep.dev/allow-change-until', time]]) });

interface Outcome {
  /** Undefined if it is refused. */
  readonly stored: Values | undefined;
  readonly warnings: readonly string[];
  readonly denials: readonly string[];
}

/** Both webhooks, one after the other. */
function written(request: Request, policies: readonly Policy[]): Outcome {
  const first = mutated(request, policies);
  const after = afterMutation(request, first);
  const second = validatedOnly(after, policies);
  const denials = findingTexts(second).filter((line) => line.startsWith('Enforce'));
  const text = (value: Sensitive): string => Buffer.from(value.reveal(), 'base64').toString('utf8');
  return {
    stored:
      denials.length > 0
        ? undefined
        : Object.fromEntries([...after.secret.data].map(([key, value]) => [key, text(value)])),
    warnings: first.changes.flatMap(({ key, warning }) =>
      warning === undefined ? [] : `${key}: ${warning}`,
    ),
    denials,
  };
}

t.test('Keep puts the stored value back, derived keys follow it, and one warning says so', async (t) => {
  t.same(written(update(STORED, { ...NEW, LOG_LEVEL: 'debug' }), KEEP), {
    stored: { ...STORED, LOG_LEVEL: 'debug' },
    warnings: [`POSTGRES_PASSWORD: keeps its stored value [lockstep/changed]: ${ADVICE}`],
    denials: [],
  });
  t.same(reasons(mutated(update(STORED, NEW), KEEP)), {
    POSTGRES_PASSWORD: 'changed',
    DATABASE_URL: 'mismatch',
  });
});

t.test('Keep also restores a value that the write empties or drops', async (t) => {
  const { POSTGRES_PASSWORD: _, ...dropped } = STORED;
  for (const after of [dropped, { ...STORED, POSTGRES_PASSWORD: '' }])
    t.same(written(update(STORED, after), KEEP).stored, STORED);
  t.same(writtenValues(mutated(update(STORED, {}), KEEP)), {
    POSTGRES_PASSWORD: GOOD.password,
    DATABASE_URL: STORED.DATABASE_URL,
  });
});

t.test('the validating webhook refuses a change that the mutating one did not see', async (t) => {
  const decision = validatedOnly(update(STORED, NEW), KEEP);
  t.same(sentences(decision), [
    `POSTGRES_PASSWORD: must keep its stored value [lockstep/changed]: ${ADVICE}`,
  ]);
  t.same(findingTexts(decision), ['Enforce POSTGRES_PASSWORD changed']);
});

t.test('Refuse denies the write with the same advice, and writes nothing', async (t) => {
  t.same(mutated(update(STORED, NEW), REFUSE).changes, []);
  t.same(sentences(validatedOnly(update(STORED, NEW), REFUSE)), [
    `POSTGRES_PASSWORD: must keep its stored value [lockstep/changed]: ${ADVICE}`,
  ]);
  const { POSTGRES_PASSWORD: _, ...dropped } = STORED;
  t.same(findingTexts(validatedOnly(update(STORED, dropped), REFUSE)), ['Enforce POSTGRES_PASSWORD removed']);
});

t.test('a write that leaves the value alone passes in silence', async (t) => {
  for (const policies of [KEEP, REFUSE])
    t.same(written(update(STORED, { ...STORED, LOG_LEVEL: 'debug' }), policies), {
      stored: { ...STORED, LOG_LEVEL: 'debug' },
      warnings: [],
      denials: [],
    });
  t.same(validatedOnly(aCreate(NEW), REFUSE).findings, []);
});

t.test('an accident of typing that leaves the stored value is no change', async (t) => {
  const { stored, warnings } = written(
    update(STORED, { ...STORED, POSTGRES_PASSWORD: `${GOOD.password}\n` }),
    KEEP,
  );
  t.same([stored, warnings.length], [STORED, 1]);
  t.match(warnings[0], /a newline at its end was cut off/);
  const other = written(update(STORED, { ...STORED, POSTGRES_PASSWORD: `${GOOD.other}\n` }), KEEP);
  t.same(other.warnings, [`POSTGRES_PASSWORD: keeps its stored value [lockstep/changed]: ${ADVICE}`]);
});

t.test('a stored value that is empty, or that the policy refuses, can be replaced', async (t) => {
  for (const before of ['', 'CHANGE_ME', 'tooShort9', `${GOOD.password}\n`])
    for (const policies of [KEEP, REFUSE]) {
      const stored = { ...STORED, POSTGRES_PASSWORD: before, DATABASE_URL: '' };
      t.same(written(update(stored, NEW), policies), { stored: NEW, warnings: [], denials: [] }, before);
    }
  const audited = [aPolicy('audited', { ...spec('Keep'), action: 'Warn' })];
  const placeholder = { ...STORED, POSTGRES_PASSWORD: 'CHANGE_ME', DATABASE_URL: '' };
  t.same(written(update(placeholder, NEW), audited).stored, NEW, 'under action Warn too');
  t.same(
    findingTexts(validatedOnly(update(placeholder, { ...NEW, POSTGRES_PASSWORD: 'changeit' }), REFUSE)),
    ['Enforce POSTGRES_PASSWORD placeholder'],
    'by an accepted one only',
  );
});

t.test('a value that two keys share can be replaced, in either of them', async (t) => {
  const policies = [aPolicy('p', spec('Keep', { JWT_SECRET: { sensitive: true, onChange: 'Keep' } }))];
  const shared = { ...STORED, JWT_SECRET: GOOD.password };
  for (const after of [
    { ...shared, JWT_SECRET: GOOD.key },
    { ...NEW, JWT_SECRET: GOOD.password },
  ])
    t.same(written(update(shared, after), policies).stored, after);
});

t.test('a stored value that can not be read, or is over the limit, is judged as on CREATE', async (t) => {
  const undecoded = update(STORED, NEW);
  const old = { ...undecoded.old!, undecoded: new Set(['POSTGRES_PASSWORD']) };
  t.same(written({ ...undecoded, old }, KEEP).stored, NEW);
  const filler = Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`K${at}`, 'x']));
  t.same(written(update({ ...STORED, ...filler }, NEW), KEEP).stored, NEW);
});

t.test('the validating webhook refuses a change where the stored value no longer fits', async (t) => {
  const after = { FILLER: 'x'.repeat(1024 * 1024), LOG_LEVEL: 'info' };
  const { stored, denials } = written(update(STORED, after), [
    aPolicy('p', { keys: { POSTGRES_PASSWORD: { onChange: 'Keep' } } }),
  ]);
  t.same([stored, denials], [undefined, ['Enforce POSTGRES_PASSWORD changed']]);
});

t.test('a consent in the written object lets the change through', async (t) => {
  // The clock of the test stands at 12:00.
  for (const time of ['2026-11-25T12:00:01Z', '2026-11-26T12:00:00Z', '2026-11-25T15:30:00.5+02:00'])
    for (const policies of [KEEP, REFUSE]) {
      const request = update(STORED, NEW, until(time));
      t.same(written(request, policies), { stored: NEW, warnings: [], denials: [] }, time);
      t.same(validatedOnly(request, policies).consented, ['POSTGRES_PASSWORD']);
    }
  const { LOG_LEVEL: _, ...after } = STORED;
  t.same(validatedOnly(update(STORED, after, until('2026-11-26T12:00:00Z')), KEEP).consented, undefined);
});

t.test('a consent that is no time within the next 24 hours is ignored, and the text says why', async (t) => {
  for (const [time, reason] of [
    ['2026-11-25T12:00:00Z', 'is in the past'],
    ['2026-11-26T12:00:01Z', 'is more than 24 hours ahead'],
    ['2026-11-26T10:00:00', 'has no time zone, such as Z'],
    ['', 'is no time like 2026-11-30T18:00:00Z'],
    ['tomorrow', 'is no time like 2026-11-30T18:00:00Z'],
    ['2026-11-26', 'is no time like 2026-11-30T18:00:00Z'],
    ['2026-02-30T10:00:00Z', 'is no time like 2026-11-30T18:00:00Z'],
    ['2026-11-26T10:61:00Z', 'is no time like 2026-11-30T18:00:00Z'],
  ] as const) {
    const advice = `the annotation lockstep.dev/allow-change-until is ignored, because it ${reason}; to change it, set a time within 24 hours, ${IF_LOGIN}`;
    const kept = written(update(STORED, NEW, until(time)), KEEP);
    t.same(kept.warnings, [`POSTGRES_PASSWORD: keeps its stored value [lockstep/changed]: ${advice}`], time);
    t.same(kept.stored, STORED);
    if (reason === 'is in the past' || reason.startsWith('is more')) continue;
    t.same(sentences(validatedOnly(update(STORED, NEW, until(time)), REFUSE)), [
      `POSTGRES_PASSWORD: must keep its stored value [lockstep/changed]: ${advice}`,
    ]);
  }
  const silent = update(STORED, { ...STORED, LOG_LEVEL: 'debug' }, until('tomorrow'));
  t.same(written(silent, KEEP).warnings, [], 'nothing needed it');
});

t.test('the validating webhook gives a consent 30 seconds more, at both ends', async (t) => {
  const at = (time: string, policies: readonly Policy[]) =>
    validateSecret(update(STORED, NEW, until('2026-11-25T12:00:00Z')), policies, {
      ...testContext,
      now: () => new Date(time),
    }).findings.length;
  t.same([at('2026-11-25T12:00:29Z', KEEP), at('2026-11-25T12:00:30Z', KEEP)], [0, 1]);
  t.same([at('2026-11-24T11:59:30Z', KEEP), at('2026-11-24T11:59:29Z', KEEP)], [0, 1]);
});

t.test('the commands and the controller change a value on purpose', async (t) => {
  t.same(written(update(STORED, NEW, {}, { fieldManager: 'lockstep' }), KEEP), {
    stored: NEW,
    warnings: [],
    denials: [],
  });
  for (const fieldManager of ['helm', 'lockstep-controller'])
    t.same(written(update(STORED, NEW, {}, { fieldManager }), KEEP).stored, STORED);
  const username = 'system:serviceaccount:lockstep-system:lockstep-controller';
  t.same(written(update(STORED, NEW, {}, { username }), REFUSE).stored, NEW);
});

t.test('a rename between two spellings is the same key: the value stays under the new name', async (t) => {
  const before = { DB_PASSWORD: GOOD.password, DATABASE_URL: urlOf(GOOD.password) };
  t.same(written(update(before, { POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: urlOf(GOOD.other) }), KEEP), {
    stored: { POSTGRES_PASSWORD: GOOD.password, DATABASE_URL: urlOf(GOOD.password) },
    warnings: [`POSTGRES_PASSWORD: keeps its stored value [lockstep/changed]: ${ADVICE}`],
    denials: [],
  });
  const renamed = { POSTGRES_PASSWORD: GOOD.password, DATABASE_URL: urlOf(GOOD.password) };
  t.same(written(update(before, renamed), REFUSE), { stored: renamed, warnings: [], denials: [] });
});

t.test('each of two spellings that the Secret holds keeps its own value', async (t) => {
  const before = { POSTGRES_PASSWORD: GOOD.password, 'postgres-password': GOOD.key };
  for (const after of [
    { POSTGRES_PASSWORD: GOOD.password },
    { 'postgres-password': GOOD.key },
    { POSTGRES_PASSWORD: GOOD.key, 'postgres-password': GOOD.password },
    { DB_PASSWORD: GOOD.other, POSTGRES_PASSWORD: GOOD.password, 'postgres-password': GOOD.other },
  ])
    t.match(written(update(before, after), KEEP).stored, before);
  t.same(
    written(update(before, { DB_PASSWORD: GOOD.key }), KEEP).stored,
    { DB_PASSWORD: GOOD.key, POSTGRES_PASSWORD: GOOD.password },
    'one is renamed, and the other dropped',
  );
  t.same(
    findingTexts(validatedOnly(update(before, { POSTGRES_PASSWORD: GOOD.password }), REFUSE)),
    ['Enforce postgres-password changed'],
    'a dropped second spelling too',
  );
});

t.test('an owned Secret is never changed: Keep is recorded, and Refuse names the owner', async (t) => {
  const owned = { controller: 'ExternalSecret/shop-login' };
  t.same(mutated(update(STORED, NEW, owned), KEEP).changes, []);
  t.same(findingTexts(validatedOnly(update(STORED, NEW, owned), KEEP)), ['Audit POSTGRES_PASSWORD changed']);
  const refused = validatedOnly(update(STORED, NEW, owned), REFUSE);
  t.same(findingTexts(refused), ['Enforce POSTGRES_PASSWORD changed']);
  t.match(
    sentences(refused)[0],
    /: keep it in the store that the ExternalSecret reads; to change it, let ExternalSecret\/shop-login write the annotation lockstep\.dev\/allow-change-until$/,
  );
  const hostile = validatedOnly(update(STORED, NEW, { controller: 'X\n\u001b[2J/app' }), REFUSE);
  t.match(sentences(hostile)[0], /let its owner write the annotation/);
});

t.test('immutable, restored, audited and excepted Secrets are as before', async (t) => {
  for (const policies of [KEEP, REFUSE])
    t.same(
      [
        mutated(update(STORED, NEW, { immutable: true }), policies).changes,
        validatedOnly(update(STORED, NEW, { immutable: true }), policies).findings,
      ],
      [[], []],
    );
  const username = 'system:serviceaccount:velero:velero';
  for (const policies of [KEEP, REFUSE]) {
    t.same(mutated(update(STORED, NEW, {}, { username }), policies).changes, []);
    t.same(findingTexts(validatedOnly(update(STORED, NEW, {}, { username }), policies)), [
      'Warn POSTGRES_PASSWORD changed',
    ]);
  }
  const audited = [aPolicy('audited', { ...spec('Keep'), action: 'Audit' })];
  t.same(mutated(update(STORED, NEW), audited).changes, []);
  t.same(findingTexts(validatedOnly(update(STORED, NEW), audited)), ['Audit POSTGRES_PASSWORD changed']);
  const exceptions = [
    { namespace: 'shop', name: 'app', keys: ['POSTGRES_PASSWORD'], reason: 'OPS-1', until: '2027-01-01' },
  ];
  const excepted = [aPolicy('excepted', { ...spec('Keep'), exceptions })];
  t.same(mutated(update(STORED, NEW), excepted).changes, []);
  t.match(sentences(validatedOnly(update(STORED, NEW), excepted)), [/allowed by the exception OPS-1/]);
});

t.test(
  'the policy of highest precedence decides, and a value that comes back may bring its entry',
  async (t) => {
    const accept = aPolicy('accept', { precedence: 10, keys: { POSTGRES_PASSWORD: {} } });
    t.same(written(update(STORED, NEW), [accept, ...KEEP]).stored, NEW);
    const conditional = aPolicy('conditional', {
      keys: {
        MODE: { onChange: 'Keep' },
        TOKEN: { when: { key: 'MODE', is: 'live' }, onChange: 'Keep' },
      },
    });
    const stored = { MODE: 'live', TOKEN: GOOD.key };
    t.same(written(update(stored, { MODE: 'test', TOKEN: GOOD.other }), [conditional]).stored, stored);
  },
);

t.test('names lockstep rotate --key only for a key that the policy generates', async (t) => {
  const adviceFor = (generate?: object) => {
    const key = { sensitive: true, onChange: 'Refuse', ...(generate && { generate }) } as const;
    const policy = aPolicy('one', { match: { names: ['app'] }, keys: { SIGNING_KEY: key } });
    const changed = update({ SIGNING_KEY: GOOD.key }, { SIGNING_KEY: GOOD.other.repeat(2) });
    return sentences(validatedOnly(changed, [policy]));
  };
  const text = 'SIGNING_KEY: must keep its stored value [lockstep/changed]';
  t.same(adviceFor(), [`${text}: ${ADVICE}`]);
  t.same(adviceFor({ length: 32 }), [
    `${text}: to change it, run lockstep rotate shop/app --key SIGNING_KEY, or set the annotation lockstep.dev/allow-change-until`,
  ]);
});

t.test('reconciliation refuses another master key, and names the command that rotates it', async (t) => {
  const stored = { ...STORY, DATABASE_URL: STORY_URL };
  const rest = { name: 'reconciliation-secrets', namespace: 'shop' };
  const refused = validatedOnly(
    update(stored, { ...stored, PASSWORD_MASTER_KEY: GOOD.other.repeat(2) }, rest),
  );
  t.match(sentences(refused), [
    'PASSWORD_MASTER_KEY: must keep its stored value [lockstep/changed]: to change it, run lockstep rotate shop/reconciliation-secrets --key PASSWORD_MASTER_KEY, or set the annotation lockstep.dev/allow-change-until',
  ]);
  const changed = { ...STORY, POSTGRES_PASSWORD: GOOD.other };
  t.same(findingTexts(validated(update(stored, changed, rest))), [], 'a password is accepted');
});
