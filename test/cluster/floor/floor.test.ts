import { join } from 'node:path';
import t, { type Test } from 'tap';
import { aCluster, aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, NAME, withData } from '../../helpers/cluster/team.ts';
import { aPolicy, builtins, GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import { seededRandom } from '../../helpers/engine/seeded-random.ts';
import {
  applyFloor,
  create,
  evaluationErrors,
  findingsOfFloor,
  untilRefused,
} from '../../helpers/floor/floor-cluster.ts';
import { type FloorObjectFields, PLACEHOLDERS } from '../../helpers/floor/writes.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Texts that would end a literal or begin an expression. */
const HOSTILE = [`') || true || ('`, `\\'`, '${x}', 'a\'b"c', '\\u0041', '😀', 'ü', '*?[a]', 'x   y'];

const hostile = aPolicy('hostile.policy-1', {
  match: { names: ['hostile', 'h.st?le*'], types: ['Opaque', "it's*", '\\d+'] },
  precedence: 100,
  keys: {
    'a.b': { enum: HOSTILE },
    __proto__: { prefix: `it's "\\n" ` },
    in: { prefix: '😀' },
    '-': { required: true, aliases: ['_', '._.'] },
    true: { sensitive: true, minLength: 3 },
  },
  exceptions: [{ namespace: 'x*', name: '*', keys: ['a.b'], reason: "it's ') over", until: '2099-01-01' }],
});

const many = aPolicy('many', {
  match: { names: ['many'] },
  keys: Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`K${at}_SECRET`, { sensitive: true, minLength: 16 }]),
  ),
});

const counted = aPolicy('counted', {
  match: { names: ['counted'] },
  keys: { A: { minLength: 8, maxLength: 12 } },
});

const dated = aPolicy('dated', {
  match: { names: ['dated'] },
  keys: { A: { minLength: 8 }, B: { minLength: 8 } },
  exceptions: [
    // OPTIONS.now is before this day, and the clock of the API server after it.
    { namespace: '*', name: 'dated', keys: ['A'], reason: 'OPS-1', until: '2026-11-26' },
    { namespace: '*', name: 'dated', keys: ['B'], reason: 'OPS-2', until: '2099-01-01' },
  ],
});

const cluster = await aCluster(t);
const before = await aTeam(cluster);
await before.run('create secret generic dated --from-literal=A=short-one');
await applyFloor(cluster, [...builtins, hostile, many, counted, dated]);

const object = (
  name: string,
  data: Readonly<Record<string, string | Buffer>>,
  rest: Partial<FloorObjectFields> = {},
) => ({
  name,
  labels: {},
  annotations: {},
  type: 'Opaque',
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value as string).toString('base64')]),
  ),
  ...rest,
});

/** `KEY rule` for each finding of a CREATE. */
async function refusals(fields: FloorObjectFields): Promise<readonly string[]> {
  const found = await findingsOfFloor(cluster, { namespace: 'default', before: undefined, after: fields });
  return found.map(({ key, rule }) => `${key} ${rule}`).sort();
}

t.test('a finding reads like one of lockstep, and names no value', async (t) => {
  const { json, text } = await create(
    cluster,
    'default',
    object(NAME, { ...STORY, JWT_SECRET: 'CHANGE_ME' }),
  );
  t.equal(
    json().message.replace(/^.* denied request: /, ''),
    'data[JWT_SECRET]: is a placeholder [lockstep/placeholder]: set a generated value, e.g. openssl rand -base64 48 (policy reconciliation)',
  );
  t.notMatch(text, 'CHANGE_ME');
});

t.test('the Secret of the story is admitted, and its faults are refused together', async (t) => {
  t.same(await refusals(object(NAME, STORY)), []);
  t.same(await refusals(object(NAME, { ...STORY, DATABASE_URL: STORY_URL })), []);
  const { JWT_SECRET: _, ...rest } = STORY;
  t.same(
    await refusals(
      object(NAME, {
        ...rest,
        PASSWORD_MASTER_KEY: 'short1Xq',
        REDIS_PASSWORD: '<password>',
      }),
    ),
    ['JWT_SECRET required', 'PASSWORD_MASTER_KEY min-length', 'REDIS_PASSWORD placeholder'],
  );
});

t.test('a length is refused if the number of bytes shows it', async (t) => {
  const of = (value: string | Buffer) => refusals(object('counted', { A: value }));
  for (const text of ['a'.repeat(7), 'é'.repeat(3), 'abc\n']) t.same(await of(text), ['A min-length'], text);
  for (const text of ['a'.repeat(8), 'é'.repeat(8), '😀'.repeat(8), `\ufeff${'ß'.repeat(7)}`])
    t.same(await of(text), [], text);
  for (const text of ['a'.repeat(13), 'é'.repeat(25), '😀'.repeat(13)])
    t.same(await of(text), ['A max-length'], text);
  for (const text of ['a'.repeat(12), 'é'.repeat(12), '😀'.repeat(12), `${'a'.repeat(12)}\n`])
    t.same(await of(text), [], text);
  // Only lockstep counts the characters of such values.
  for (const text of ['é'.repeat(7), 'é'.repeat(13)]) t.same(await of(text), [], text);
  // Bytes that are no UTF-8 are one character each.
  t.same(await of(Buffer.alloc(7, 0xff)), ['A min-length']);
  t.same(await of(Buffer.alloc(8, 0xff)), []);
  t.same(await of('"abc"'), [], 'lockstep removes the quotes first');
  t.same(await of('""'), [], 'without quotes it is empty');
});

t.test('55 % of the corpus of placeholders are refused', async (t) => {
  let refused = 0;
  for (let from = 0; from < PLACEHOLDERS.length; from += 20) {
    const some = PLACEHOLDERS.slice(from, from + 20);
    const data = Object.fromEntries(some.map((text, at) => [`K${at}_SECRET`, text]));
    const found = await refusals(object('many', data));
    refused += found.filter((one) => /placeholder|unrendered|unresolved/.test(one)).length;
  }
  t.equal(PLACEHOLDERS.length, 373);
  t.ok(refused >= PLACEHOLDERS.length * 0.55, `${refused} of ${PLACEHOLDERS.length}`);
});

t.test('texts that CEL could read as code are compared as texts', async (t) => {
  for (const text of HOSTILE) t.same(await refusals(object('hostile', { '-': 'x', 'a.b': text })), [], text);
  t.same(await refusals(object('hostile', { '-': 'x', 'a.b': 'x', __proto__x: 'y' })), ['a.b enum']);
  t.same(await refusals(object('h.stxle', {})), ['- required']);
  t.same(await refusals(object('h_stxle'.replace('_', '-'), { y: 'x' })), []);
  t.same(await refusals(object('hostile', { _: 'x', in: 'x', true: 'a' })), ['in prefix', 'true min-length']);
  t.same(await refusals(object('hostile', { '._.': 'x', in: '😀y' }, { type: "it's mine" })), []);
});

t.test('no value makes an expression err', async (t) => {
  const random = seededRandom(9);
  const values: readonly (string | Buffer)[] = [
    '',
    'a',
    'ab',
    'abc',
    '\0',
    '\n',
    '"',
    '%',
    'postgresql://a:b@c',
    'postgresql://a:%@c/d',
    'postgresql://@',
    '://',
    Buffer.from([255, 254, 0]),
    Buffer.alloc(300, '%41'),
    ...random.times(30, () => random.bytes(1, 700)),
  ];
  for (const value of values) {
    const data = Object.fromEntries(
      [...Object.keys(STORY), 'DATABASE_URL', 'REDIS_URL', 'a.b'].map((key) => [key, value]),
    );
    await refusals(object(NAME, data));
    await refusals(object('hostile', data));
  }
  t.same(await refusals(object('app', { BIG: Buffer.alloc(1024 * 1024 - 50, 'a') })), []);
  t.same(await refusals(object('app', { BIG: random.bytes(1_000_000, 1_000_000) })), []);
  const big = { ...STORY, POSTGRES_PASSWORD: 'x'.repeat(700_000), DATABASE_URL: STORY_URL };
  t.same(await refusals(object(NAME, { ...big, JWT_SECRET: 'CHANGE_ME' })), ['JWT_SECRET placeholder']);
  const keys = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`key.${at}`, `v${at}-${GOOD.key}`]));
  t.same(await refusals(object('app', keys(200))), []);
  t.same(await refusals(object(NAME, { ...keys(10_000), ...STORY, JWT_SECRET: 'CHANGE_ME' })), [
    'JWT_SECRET placeholder',
  ]);
  t.same(await refusals({ ...object('app', {}), data: undefined as never }), []);
  for (const data of ['a', 'abc', 'YQ', 'YQ=', '=', '====', 'Y Q='])
    t.equal(
      (await create(cluster, 'default', { ...object(NAME, {}), data: { JWT_SECRET: data } })).status,
      400,
      data,
    );
  const placeholders = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`K${at}_SECRET`, 'CHANGE_ME']),
  );
  t.equal((await refusals(object('many', placeholders))).length, 20);
});

t.test('the largest values of each kind stay within the limits of the API server', async (t) => {
  const names = Object.keys(STORY);
  for (const size of [64, 96, 128, 384, 768, 1000, 3072, 8192, 60_000])
    for (const sign of ['a', '"', 'é', '\n', '%'])
      await refusals(
        object(
          NAME,
          Object.fromEntries(
            [...names, 'DATABASE_URL', 'REDIS_PASSWORD'].map((key) => [
              key,
              sign.repeat(size / Buffer.byteLength(sign)).slice(0, 100_000),
            ]),
          ),
        ),
      );
  t.same(await evaluationErrors(cluster), []);
});

t.test('an exception ends for a new Secret, and holds for a stored one', async (t) => {
  t.same(await refusals(object('dated', { A: 'short', B: 'short' })), ['A min-length']);
  const updated = await before.kubectl(
    `patch secret dated -p ${JSON.stringify({ stringData: { A: 'short' } })} --dry-run=server`,
  );
  t.equal(updated.exitCode, 0, updated.stderr);
});

t.test('Secrets that lockstep never touches are not refused', async (t) => {
  const bad = object(NAME, { ...STORY, JWT_SECRET: 'CHANGE_ME' });
  t.same(await refusals({ ...bad, type: 'helm.sh/release.v1' }), []);
  t.equal((await create(cluster, 'kube-system', bad)).status, 201);
  t.same(
    await refusals({ ...bad, annotations: { 'lockstep.dev/break-glass': 'OPS-3' } }),
    [],
    'the administrator may',
  );
  const { status } = await cluster.request('/api/v1/namespaces/default/secrets?dryRun=All', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: NAME }, data: bad.data },
    headers: {
      'Impersonate-User': 'system:serviceaccount:velero:velero',
      'Impersonate-Group': 'system:masters',
    },
  });
  t.equal(status, 201, 'a warn-only user is not refused');
});

t.test('kubectl prints no value when the floor refuses a client-side apply', async (t) => {
  const team = await aTeam(cluster);
  await team.run('apply -f -', { input: aManifest() });
  const change = { JWT_SECRET: 'CHANGE_ME', CSRF_SECRET: 'Zq8Wv3Lm7Tp2Xk9Rb4Yc' };
  for (const input of [aManifest(change), withData(aManifest(change))]) {
    const { stdout, stderr, exitCode } = await team.kubectl('apply -f -', { input });
    t.equal(exitCode, 1);
    t.equal(stdout, '');
    t.match(
      stderr,
      /^The secrets "reconciliation-secrets" is invalid: : ValidatingAdmissionPolicy 'lockstep-floor' /,
    );
    t.match(stderr, 'data[JWT_SECRET]: is a placeholder [lockstep/placeholder]');
    const values = Object.values({ ...STORY, ...change }).filter((value) => !value.startsWith('recon'));
    for (const value of values) {
      t.notMatch(stderr, value);
      t.notMatch(stderr, Buffer.from(value).toString('base64'));
    }
  }
});

t.test(
  'while every pod is down, the component refuses the template and stores the good Secret',
  async (t: Test) => {
    const { cluster: down, lockstep } = await aClusterWithLockstep(t);
    await down.mustRun(['apply', '--server-side', '-f', join(ROOT, 'manifests/components/floor/floor.yaml')]);
    await lockstep.stop();
    await untilRefused(down);
    const team = await aTeam(down);
    const refused = await team.kubectl(`apply -f ${join(ROOT, 'docs/demo/template.yaml')}`);
    t.equal(refused.exitCode, 1);
    t.match(refused.stderr, "ValidatingAdmissionPolicy 'lockstep-floor'");
    t.equal(await team.stored(), undefined);

    await team.run('apply -f -', { input: aManifest({ REDIS_URL: '"redis://:x@y"' }) });
    t.equal((await team.stored())?.values.DATABASE_URL, undefined, 'nothing is derived');
    await lockstep.start();
    await team.run('apply -f -', { input: aManifest({ POSTGRES_PASSWORD: GOOD.other }) });
    t.match(
      (await team.stored())?.values.DATABASE_URL,
      GOOD.other,
      'the pods derive what the floor could not see',
    );
  },
);
