import t from 'tap';
import { type WebhookCondition, webhookCondition } from '../../../src/engine/floor/webhook-condition.ts';
import { matchingPolicies } from '../../../src/engine/policy/match.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { Request } from '../../../src/engine/secret/secret.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aPolicy, aSecret, builtins } from '../../helpers/engine/engine.ts';
import { type SeededRandom, seededRandom } from '../../helpers/engine/seeded-random.ts';
import { holdingFor, PROBED, probeConditions } from '../../helpers/floor/condition-probe.ts';

t.setTimeout(10 * 60 * 1000);

const NAMES = ['app', 'app-x', 'x-app', 'shop', 'shop.a-b', 'a-shop-b', '0', 'aa', `app${'x'.repeat(250)}`];
const NAME_GLOBS = ['app', 'app*', '*app', 's?op', '*-shop-*', 'a*a', '?', 'sh*.a?b', 'shop.a-b', '*'];
const NAMESPACES = ['blue', 'blue-2', 'red'];
const NAMESPACE_GLOBS = ['blue', 'blue*', '?ed', '*-2'];
/** Texts that would end a literal or begin an expression. */
const TYPES = [
  'Opaque',
  'acme.io/x',
  'acme.io/ü',
  "it's/x",
  "')||true||('",
  '\\d+',
  '${x}',
  'a"b',
  '😀',
  '.*',
];
const TYPE_GLOBS = [
  'Opaque',
  'acme.io/*',
  'acme.io/?',
  "it's*",
  "')||true||('",
  '\\d+',
  '*"b',
  '.*',
  '?',
  '[a-z]*',
];
const KEYS = [
  'A',
  'B',
  'a.b',
  '__proto__',
  'in',
  '-',
  'true',
  'key',
  'data',
  'secretName',
  'DB_PASSWORD',
  'MYSQL_PASSWORD',
];
const LABELS = ['tier', 'acme.io/off', 'in', 'x'];
const VALUES = ['gold', '', 'true'];

function aMatch(random: SeededRandom): object {
  const some = (list: readonly string[]) => random.times(random.between(1, 3), () => random.pick(list));
  const isChosen = () => random.between(0, 3) === 0;
  const selector = () => ({
    ...(isChosen() ? {} : { matchLabels: { [random.pick(LABELS)]: random.pick(VALUES) } }),
    matchExpressions: random.times(random.between(0, 2), () => {
      const operator = random.pick(['In', 'NotIn', 'Exists', 'DoesNotExist']);
      const key = random.pick(LABELS);
      return operator.endsWith('In')
        ? { key, operator, values: [random.pick(VALUES), 'y'] }
        : { key, operator };
    }),
  });
  return {
    ...(isChosen() ? { names: some(NAME_GLOBS) } : {}),
    ...(isChosen() ? { namespaces: some(NAMESPACE_GLOBS) } : {}),
    ...(isChosen() ? { types: some(TYPE_GLOBS) } : {}),
    ...(isChosen() ? { hasKeys: [...new Set(some(KEYS))] } : {}),
    ...(isChosen()
      ? { hasAnyKey: [...new Set([...some(KEYS), 'A'])], ...(isChosen() ? { server: 'mysql' } : {}) }
      : {}),
    ...(isChosen() ? { labelSelector: selector() } : {}),
    ...(isChosen() ? { namespaceSelector: { matchLabels: { team: random.pick(['a', 'b']) } } } : {}),
  };
}

interface Probe {
  readonly policies: readonly Policy[];
  readonly expression: string;
}

function probesOf(count: number, random: SeededRandom): readonly Probe[] {
  const probes: Probe[] = [];
  while (probes.length < count) {
    const policies = random.times(random.between(1, 3), () =>
      aPolicy(`p${random.between(0, 1e6)}`, { match: aMatch(random), keys: { A: { minLength: 3 } } }),
    );
    const condition = webhookCondition(policies);
    if (condition.kind === 'condition') probes.push({ policies, expression: condition.expression });
  }
  return probes;
}

interface Fields {
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
}

const bodyOf = ({ name, namespace, type, labels, values }: Fields) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, labels },
  ...(type === 'Opaque' ? {} : { type }),
  // The API server merges both before admission.
  stringData: Object.fromEntries(Object.entries(values).slice(0, 1)),
  data: Object.fromEntries(
    Object.entries(values)
      .slice(1)
      .map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});

const secretOf = ({ name, namespace, type, labels, values }: Fields) =>
  aSecret(values, { name, namespace, type, labels: new Map(Object.entries(labels)) });

function someFields(random: SeededRandom, name: string): Fields {
  const keys = random.times(random.between(0, 4), () => random.pick(KEYS));
  const labels = random.times(
    random.between(0, 2),
    () => [random.pick(LABELS), random.pick(VALUES)] as const,
  );
  return {
    name,
    namespace: random.pick(NAMESPACES),
    type: random.pick(TYPES),
    labels: Object.fromEntries(labels),
    values: Object.fromEntries(keys.map((key) => [key, random.pick(['', 'x', 'mysql'])])),
  };
}

const cluster = await aCluster(t);
const TEAMS: Readonly<Record<string, string>> = { blue: 'a', 'blue-2': 'b', red: 'c' };
for (const namespace of NAMESPACES) {
  const metadata = { name: namespace, labels: { ...PROBED, team: TEAMS[namespace] } };
  await cluster.request('/api/v1/namespaces', { method: 'POST', body: { metadata } });
}
const pathOf = ({ namespace }: Fields) => `/api/v1/namespaces/${namespace}/secrets`;

/** A condition may send more: it sees no labels of the namespace, no value, and `?` of a type as any text. */
const sendsMore = ({ match }: Policy) =>
  match.namespaceSelector !== undefined ||
  match.server !== undefined ||
  match.types?.some((glob) => glob.includes('?')) === true;

t.test('a write that the engine selects is sent, and no other one, before and after the write', async (t) => {
  const random = seededRandom(20_261_128);
  const probes = probesOf(50, random);
  const stored = random.times(20, () => someFields(random, `stored-${random.between(0, 1e9)}-app`));
  for (const fields of stored) {
    const { status, text } = await cluster.request(pathOf(fields), { method: 'POST', body: bodyOf(fields) });
    if (status !== 201) throw new Error(text);
  }
  await probeConditions(
    cluster,
    probes.map(({ expression }) => expression),
    'red',
  );
  const wrong: unknown[] = [];
  const counts = { sent: 0, kept: 0, byOld: 0 };
  for (let write = 0; write < 300; write += 1) {
    const old = random.between(0, 1) === 0 ? random.pick(stored) : undefined;
    const made = someFields(random, old?.name ?? random.pick(NAMES));
    const fields = old === undefined ? made : { ...made, namespace: old.namespace, type: old.type };
    const holding = await holdingFor(cluster, {
      method: old === undefined ? 'POST' : 'PUT',
      path: old === undefined ? pathOf(fields) : `${pathOf(fields)}/${fields.name}`,
      body: bodyOf(fields),
    });
    const request: Request = {
      operation: old === undefined ? 'CREATE' : 'UPDATE',
      secret: secretOf(fields),
      old: old && secretOf(old),
      username: 'jane',
      namespaceLabels: new Map([['team', TEAMS[fields.namespace] ?? '']]),
    };
    probes.forEach(({ policies, expression }, at) => {
      const isSelected = matchingPolicies(request, policies).length > 0;
      const isSent = holding.has(at);
      if (isSelected && matchingPolicies({ ...request, old: undefined }, policies).length === 0)
        counts.byOld += 1;
      counts[isSent ? 'sent' : 'kept'] += 1;
      if (isSelected !== isSent && !(isSent && policies.some(sendsMore)))
        wrong.push({ isSelected, fields, old, expression });
    });
  }
  t.same(wrong, []);
  t.ok(counts.sent > 1000 && counts.kept > 1000 && counts.byOld > 50, JSON.stringify(counts));
});

const conditionOf = (condition: WebhookCondition): string => {
  if (condition.kind !== 'condition') throw new Error(condition.kind);
  return condition.expression;
};

/** The API server evaluates a condition of a webhook within the limits of cost, or refuses the write by `Fail`. */
async function applyWebhook(expression: string) {
  const body = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'limits' },
    webhooks: [
      {
        name: 'limits.lockstep.dev',
        // Nothing listens there: a Secret that is sent is refused.
        clientConfig: { url: 'https://127.0.0.1:9/mutate', caBundle: '' },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['CREATE'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        timeoutSeconds: 1,
        matchConditions: [{ name: 'a-policy-may-match', expression }],
      },
    ],
  };
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  await cluster.request(`${path}/limits`, { method: 'DELETE' });
  const { status, text } = await cluster.request(path, { method: 'POST', body });
  if (status !== 201) throw new Error(text);
}

/** The write fails with the message of a webhook without an answer if it was sent. */
async function writeIn(metadata: object, rest: object = {}): Promise<'sent' | 'stored' | string> {
  const path = '/api/v1/namespaces/default/secrets?dryRun=All';
  const { status, text } = await cluster.request(path, { method: 'POST', body: { metadata, ...rest } });
  if (status === 201) return 'stored';
  return text.includes('failed calling webhook') ? 'sent' : text;
}

const untilStored = async (expected: string) => {
  for (let tries = 0; (await writeIn({ name: expected })) !== 'sent'; tries += 1) {
    if (tries > 200) throw new Error('the webhook is not called');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

t.test(
  'names that the API server has yet to generate or to refuse are sent, and no condition errs',
  async (t) => {
    const policy = aPolicy('names', {
      match: { names: ['shop-?????', 'called', 'x?y*z'] },
      keys: { A: { minLength: 3 } },
    });
    await applyWebhook(conditionOf(webhookCondition([policy])));
    await untilStored('called');
    t.equal(await writeIn({ generateName: 'shop-' }), 'sent');
    t.equal(await writeIn({ generateName: 'other-' }), 'stored');
    t.equal(await writeIn({ name: 'other' }), 'stored');
    t.equal(await writeIn({ name: 'other' }, { data: null, type: '' }), 'stored');
    t.equal(await writeIn({ name: 'x'.repeat(100_000) }), 'sent', 'the API server refuses it later');
    t.match(await writeIn({}), /name or generateName is required/);
  },
);

t.test('the longest condition stays within the limits of the API server', async (t) => {
  // No earlier condition names it: the API server may still have that one.
  const LAST = 'called-by-the-longest';
  const names = Array.from({ length: 50 }, (_, at) => `${at}*${'a?'.repeat(80)}*${'b*'.repeat(30)}z`);
  const large: Policy[] = builtins.filter(({ name }) => name !== 'no-placeholders');
  const withOneMore = (): WebhookCondition =>
    webhookCondition([
      ...large,
      aPolicy(`names-${large.length}`, {
        match: { names: [...names.map((name) => `${large.length}${name}`), LAST] },
        keys: { A: { minLength: 3 } },
      }),
    ]);
  let longest = '';
  for (let next = withOneMore(); next.kind === 'condition'; next = withOneMore()) {
    longest = next.expression;
    large.push(
      aPolicy(`names-${large.length}`, {
        match: { names: [...names.map((name) => `${large.length}${name}`), LAST] },
        keys: { A: { minLength: 3 } },
      }),
    );
  }
  t.ok(longest.length > 40_000, `${longest.length}`);
  await applyWebhook(longest);
  await untilStored(LAST);
  t.equal(await writeIn({ name: 'a'.repeat(253) }), 'stored');
  const keys = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`key-${at}`, 'eA==']));
  t.equal(await writeIn({ name: 'ab'.repeat(120) }, { data: keys }), 'stored');
  t.equal(await writeIn({ name: 'a' }, { type: 'x'.repeat(1_000_000) }), 'sent');
  t.equal(
    await writeIn({ name: 'a' }, { data: { key: Buffer.alloc(700_000).toString('base64') } }),
    'stored',
  );
});
