import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { policyRules } from '../../../scripts/crd/cel-rules.ts';
import { secretPolicyCrd } from '../../../scripts/crd/secret-policy.ts';
import type { Schema } from '../../../scripts/crd/structural-schema.ts';
import { dryRunPolicy } from '../../helpers/api/dry-run-policy.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { policiesOf } from '../../helpers/pages/policy-pages.ts';
import { boundarySpecs, invalidSpecs } from '../../helpers/policy/invalid-specs.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import type { KubectlOptions } from '../../testbed/cluster/kubectl.ts';
import { until } from '../../testbed/process/until.ts';

const CYCLIC = { keys: { A: { derive: { template: '${B}' } }, B: { derive: { template: '${A}' } } } };
const GOOD = { match: { names: ['shop'] }, keys: { TOKEN: { required: true } } };

const { cluster, lockstep } = await aClusterWithLockstep(t);
const kubectl = (args: string, options: KubectlOptions = {}) => cluster.kubectl(args.split(' '), options);
const mustRun = (args: string, options: KubectlOptions = {}) => cluster.mustRun(args.split(' '), options);
const apply = (spec: unknown, flags = '', metadata = {}) =>
  kubectl(`apply${flags} -f -`, {
    input: { ...aSecretPolicy('shop', spec), metadata: { name: 'shop', ...metadata } },
  });

const READY = '.status.conditions[?(@.type=="Ready")]';

const untilPoliciesAreValidated = () =>
  until('a policy refused by lockstep', [], async () => (await dryRunPolicy(cluster, CYCLIC)).isLockstep);
await untilPoliciesAreValidated();

t.test('refuses a value outside a bound in the API server, with its field', async (t) => {
  for (const { at, what, spec } of invalidSpecs(secretPolicyCrd.spec)) {
    const { status, places, isLockstep, message } = await dryRunPolicy(cluster, spec);
    t.match({ refused: status >= 400, isLockstep }, { refused: true, isLockstep: false }, `${at}: ${what}`);
    t.ok(
      places.some((place) => place.startsWith(at)),
      `${at}: ${what}: ${message.slice(0, 300)}`,
    );
  }
});

t.test('allows a value at each bound', async (t) => {
  for (const { at, what, spec } of boundarySpecs(secretPolicyCrd.spec)) {
    const { status, message } = await dryRunPolicy(cluster, spec);
    t.equal(status, 201, `${at}: ${what}: ${message.slice(0, 300)}`);
  }
});

t.test('refuses by a rule of the CRD in the API server, with its sentence', async (t) => {
  const key = (of: object) => ({ keys: { A: of, B: {} } });
  const select = (expression: object) => ({ matchExpressions: [{ key: 'team', ...expression }] });
  const seen: string[] = [];
  for (const [spec, place] of [
    [{ match: { labelSelector: select({ operator: 'In' }) } }, 'spec.match.labelSelector.matchExpressions.0'],
    [
      { match: { labelSelector: select({ operator: 'In', values: [] }) } },
      'spec.match.labelSelector.matchExpressions.0',
    ],
    [
      { match: { namespaceSelector: select({ operator: 'Exists', values: ['a'] }) } },
      'spec.match.namespaceSelector.matchExpressions.0',
    ],
    [key({ distinctFrom: ['A'] }), 'spec.keys'],
    [key({ distinctFrom: ['C'] }), 'spec.keys'],
    [key({ derive: { template: '${B}' }, generate: { length: 32 } }), 'spec.keys.A.generate'],
    [key({ derive: { template: '${B}' }, onChange: 'Keep' }), 'spec.keys.A.onChange'],
    [key({ schemes: ['redis'] }), 'spec.keys.A.schemes'],
    [key({ schemes: ['redis'], format: 'port' }), 'spec.keys.A.schemes'],
    [key({ rotate: { schedule: '0 4 1 * *' } }), 'spec.keys.A.rotate'],
    [
      key({ generate: { length: 32 }, rotate: { schedule: '0 4 1 * *', gracePeriod: '24h' } }),
      'spec.keys.A.rotate.gracePeriod',
    ],
    [key({ minLength: 33, generate: { length: 32 } }), 'spec.keys.A.generate'],
    [key({ minLength: 65, generate: { bytes: 32, encoding: 'hex' } }), 'spec.keys.A.generate'],
    [key({ minLength: 65, generate: { bytes: 48 } }), 'spec.keys.A.generate'],
    [key({ minLength: 37, prefix: 'app_', generate: { length: 32 } }), 'spec.keys.A.generate'],
    [key({ minLength: 9, maxLength: 8 }), 'spec.keys.A.maxLength'],
    [key({ enum: ['a'], generate: { length: 32 } }), 'spec.keys.A.generate'],
    [key({ generate: {} }), 'spec.keys.A.generate'],
    [key({ when: { key: 'B' } }), 'spec.keys.A.when'],
    [key({ when: { key: 'B', is: 'a', present: true } }), 'spec.keys.A.when'],
    [key({ generate: { length: 32, bytes: 32 } }), 'spec.keys.A.generate'],
    [key({ generate: { length: 32, encoding: 'hex' } }), 'spec.keys.A.generate.encoding'],
  ] as const) {
    const { status, places, isLockstep, message } = await dryRunPolicy(cluster, spec);
    t.match({ status, isLockstep }, { status: 422, isLockstep: false }, JSON.stringify(spec));
    t.ok(places.includes(place), `${place}: ${message}`);
    seen.push(message);
  }
  for (const { message } of Object.values(policyRules).flat()) {
    t.ok(
      seen.some((text) => text.includes(message)),
      `tried: ${message}`,
    );
  }
  for (const spec of [
    key({ minLength: 64, generate: { bytes: 32, encoding: 'hex' } }),
    key({ minLength: 64, generate: { bytes: 48 } }),
    key({ minLength: 43, generate: { bytes: 32, encoding: 'base64' } }),
    key({ minLength: 36, maxLength: 36, prefix: 'app_', generate: { length: 32 } }),
    key({ minLength: 68, prefix: 'ключ', generate: { bytes: 48 } }),
    key({ enum: ['eu', 'us'], default: 'eu' }),
    key({ required: true, when: { key: 'B', isNot: 'local' } }),
    key({ pattern: '^sk_live_[0-9a-zA-Z]{24,99}$', prefix: 'sk_live_', maxLength: 107, sensitive: true }),
  ]) {
    t.equal((await dryRunPolicy(cluster, spec)).status, 201, JSON.stringify(spec));
  }
});

t.test('refuses by lockstep a rule in CEL that can not be used, with its field', async (t) => {
  const rule = (expression: string) => [{ expression, message: 'must hold' }];
  const key = (expression: string, entry = {}) => ({
    keys: { A: { validations: rule(expression), ...entry } },
  });
  for (const [spec, place, sentence] of [
    [key('self =='), 'spec.keys.A.validations[0].expression', 'is no CEL expression'],
    [key('self.size()'), 'spec.keys.A.validations[0].expression', 'has an answer of type int'],
    [key('self != self'), 'spec.keys.A.validations[0].expression', 'can never be true'],
    [key('self.matches("(?=a)")'), 'spec.keys.A.validations[0].expression', 'is no RE2 pattern'],
    [key('self != "b"', { default: 'b' }), 'spec.keys.A.default', 'breaks a rule'],
    [
      { keys: { A: {} }, validations: rule('data.all(a, data.all(b, a == b))') },
      'spec.validations[0].expression',
      'has a loop inside a loop',
    ],
    [{ keys: { A: {} }, validations: rule('data.B != ""') }, 'spec.validations[0].expression', 'names B'],
    [
      key(Array.from({ length: 45 }, (_, index) => `self != "${index}"`).join(' && ')),
      'spec.keys.A.validations[0].expression',
      'is no CEL expression',
    ],
  ] as const) {
    const { isLockstep, message } = await dryRunPolicy(cluster, spec);
    t.match({ isLockstep, message }, { isLockstep: true, message: sentence });
    t.ok(message.includes(`${place}: `), message);
  }
  const { status, message } = await dryRunPolicy(cluster, {
    ...key('self.matches("^[a-z]+$")'),
    validations: rule('!has(data.A) || data.A != "x"'),
  });
  t.equal(status, 201, message);
});

t.test('refuses by lockstep a condition that depends on other rules, with its field', async (t) => {
  for (const [keys, sentence] of [
    [{ A: { when: { key: 'B', is: 'x' } } }, 'is not under keys'],
    [{ A: { when: { key: 'A', is: 'x' } } }, 'is the key itself'],
    [{ A: { when: { key: 'B', is: 'x' } }, B: { derive: { template: '${A}' } } }, 'is derived or generated'],
    [{ A: { when: { key: 'B', present: false } }, B: { required: true } }, 'is never absent'],
    [{ A: { when: { key: 'B', is: 'x' } }, B: { when: { key: 'A', is: 'x' } } }, 'has a condition itself'],
  ] as const) {
    const { isLockstep, places, message } = await dryRunPolicy(cluster, { keys });
    t.match({ isLockstep, message }, { isLockstep: true, message: sentence });
    t.ok(places.includes('spec.keys.A.when.key'), message);
  }
});

t.test('refuses by lockstep a form that no value has, with its field', async (t) => {
  for (const [keys, place, sentence] of [
    [{ A: { pattern: '(?=a)' } }, 'spec.keys.A.pattern', 'is no RE2 pattern'],
    [{ A: { pattern: '[0-9a-f]{600}' } }, 'spec.keys.A.pattern', 'takes more than 512 instructions'],
    [{ A: { pattern: '(\\pL\\pN?){400}' } }, 'spec.keys.A.pattern', 'takes more than 512 instructions'],
    [{ A: { pattern: '^a+$', minLength: 3000 } }, 'spec.keys.A.pattern', 'is asked of at most 2048'],
    [{ A: { pattern: '^[a-z]{3}$', minLength: 4 } }, 'spec.keys.A.pattern', 'fewer than minLength'],
    [{ 'tls.key': { pattern: '(' } }, 'spec.keys[tls.key].pattern', 'is no RE2 pattern'],
    [{ A: { pattern: '^[a-z]+$', generate: { length: 32 } } }, 'spec.keys.A.generate', 'does not match'],
    [{ A: { prefix: 'app_', maxLength: 3 } }, 'spec.keys.A.prefix', 'is longer than maxLength'],
    [{ A: { enum: ['ab', 'c'], minLength: 2 } }, 'spec.keys.A.enum[1]', 'is shorter than minLength'],
    [{ A: { enum: ['a'], default: 'b' } }, 'spec.keys.A.default', 'is none of enum'],
  ] as const) {
    const { status, isLockstep, message } = await dryRunPolicy(cluster, { keys });
    t.match({ status, isLockstep }, { status: 422, isLockstep: true }, `${place}: ${message}`);
    t.ok(message.includes(`${place}: `) && message.includes(sentence), message);
  }
});

t.test(
  'refuses by lockstep a policy that is too costly, with the field at which its budget ends',
  async (t) => {
    const keys = Object.fromEntries(
      Array.from({ length: 64 }, (_, index) => [`K${index}`, { pattern: `${'\\pL|'.repeat(60)}${index}` }]),
    );
    const { status, isLockstep, message } = await dryRunPolicy(cluster, { keys });
    t.match({ status, isLockstep }, { status: 422, isLockstep: true }, message);
    t.match(message, /spec\.keys\.K\d+\.pattern: is too costly, .*: split it into several policies/);
  },
);

t.test('keeps the rules of the CRD within half of the cost budget', async (t) => {
  const crd = await readFile('manifests/crds/secretpolicies.yaml', 'utf8');
  const twice = crd.replaceAll(
    /(maxItems|maxProperties): (\d+)/g,
    (_, name, most) => `${name}: ${Number(most) * 2}`,
  );
  t.not(twice, crd);
  const { exitCode, stderr } = await kubectl('replace --dry-run=server -f -', { input: twice });
  t.equal(exitCode, 0, stderr);
});

t.test('allows every policy of the manifests and pages without a warning', async (t) => {
  const printed = await policiesOf(['manifests/policies', 'docs', 'README.md']);
  const policies = printed.filter(({ isRefused }) => !isRefused);
  t.ok(policies.length >= 5, `${policies.length} policies`);
  for (const { at, document } of policies) {
    const { exitCode, stdout, stderr } = await kubectl('apply --dry-run=server --validate=strict -f -', {
      input: document,
    });
    t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' }, at);
    t.match(
      stdout,
      /^secretpolicy.lockstep.dev\/\S+ (created|unchanged|configured) \(server dry run\)\n$/,
      at,
    );
  }
});

t.test('limits the cost of the largest policies for the API server and lockstep', async (t) => {
  const keys = (count: number, of: (index: number) => object, name = (index: number) => `K${index}`) => ({
    keys: Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), of(index)])),
  });
  const others = (index: number) => Array.from({ length: 14 }, (_, at) => `K${(index + at + 1) % 1000}`);
  for (const [what, spec] of [
    [
      'names of 253 letters',
      keys(
        1000,
        () => ({}),
        (index) => `${'k'.repeat(249)}${index + 1000}`,
      ),
    ],
    ['every key differs from fourteen others', keys(1000, (index) => ({ distinctFrom: others(index) }))],
    [
      'templates of 1 KB',
      keys(1000, (index) =>
        index < 60
          ? {}
          : { derive: { template: Array.from({ length: 60 }, (_, at) => `\${K${at}}:`).join('\u00e9') } },
      ),
    ],
    [
      'a chain of a thousand',
      keys(1000, (index) => (index === 0 ? {} : { derive: { template: `x\${K${index - 1}}` } })),
    ],
  ] as const) {
    const { status, message } = await dryRunPolicy(cluster, spec);
    t.equal(status, 201, `${what}: ${message.slice(0, 300)}`);
  }
});

t.test('refuses by lockstep the faults that the CRD can’t express, with field and fix', async (t) => {
  const { exitCode, stderr } = await apply(CYCLIC);
  t.equal(exitCode, 1);
  t.equal(
    stderr,
    [
      'The SecretPolicy "shop" is invalid: ',
      '* spec.keys.A.derive.template: is derived from itself, directly or through other derived keys: break the cycle [lockstep]',
      '* spec.keys.B.derive.template: is derived from itself, directly or through other derived keys: break the cycle [lockstep]',
      '',
    ].join('\n'),
  );
  for (const [spec, message] of [
    [{ keys: { A: { derive: { template: 'x${A}' } } } }, /A\.derive\.template: is derived from itself/],
    [
      { keys: { A: { derive: { template: '${B}' } } } },
      /names \$\{B\}, which is neither under keys nor has a default/,
    ],
    [{ keys: { A: { derive: { template: '${B' } } } }, /has a "\$\{" that is no \$\{KEY\}/],
    [{ keys: { A: { aliases: ['B'] }, B: {} } }, /A\.aliases\[0\]: is already a name of B/],
    [
      {
        keys: {
          P: { generate: { length: 32 }, rotate: { schedule: '0 4 1 * *' } },
          U: { derive: { template: 'postgresql://a:${P}@h/d' } },
        },
      },
      /P\.rotate: .* rotate it by a PostgresCredential/,
    ],
    [
      { keys: { A: { generate: { length: 32 }, rotate: { schedule: '0 4 30 2 *' } } } },
      /A\.rotate\.schedule: never comes/,
    ],
  ] as const) {
    const said = await dryRunPolicy(cluster, spec);
    t.match(said, { status: 422, isLockstep: true, message }, JSON.stringify(spec));
  }
  const line = /"webhook":"validate-policy".*"user":"[^"]+".*"verdict":"denied"/;
  await until('the line of a denial', [], () => line.test(lockstep.logs()));
  t.match(
    await lockstep.metrics(),
    /lockstep_admission_reviews_total\{webhook="validate-policy",operation="CREATE",verdict="denied",dry_run="true"\} [1-9]/,
  );
});

t.test('refuses a hostile policy with a sentence, without harm to either server', async (t) => {
  const many = (count: number, of: object = {}) => ({
    keys: Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}`, of])),
  });
  for (const [what, spec, message] of [
    ['10,000 keys', many(10_000), /spec\.keys: Too many: 10000: must have at most 1000 items/],
    ['a glob of 10 KB', { match: { names: ['*?'.repeat(5000)] } }, /spec\.match\.names\[0\]: Too long/],
    ['10,000 globs', { match: { names: Array(10_000).fill('*') } }, /spec\.match\.names: Too many/],
    ['a right-to-left name', { keys: { 'TOKEN\u202e': {} } }, /spec\.keys: .* a name here must match/],
    ['a look-alike', { keys: { T\u041eKEN: {} } }, /spec\.keys: .* a name here must match/],
    ['__proto__', JSON.parse('{"keys":{"__proto__":{}}}'), /spec\.keys: .* a name here must match/],
    [
      'a reason of two lines',
      { exceptions: [{ namespace: 'a', name: 'b', keys: ['K'], reason: 'a\nb', until: '2030-01-01' }] },
      /spec\.exceptions\[0\]\.reason: /,
    ],
    [
      'a day that there is not',
      { exceptions: [{ namespace: 'a', name: 'b', keys: ['K'], reason: 'a', until: '2030-02-30' }] },
      /spec\.exceptions\[0\]\.until: /,
    ],
  ] as const) {
    const { status, message: said } = await dryRunPolicy(cluster, spec);
    t.ok(status >= 400, what);
    t.match(said, message, what);
  }
  // etcd applies its size limit only to a real write.
  const { stderr } = await kubectl('create -f -', {
    input: aSecretPolicy('shop', many(1000, { default: 'x'.repeat(2000) })),
  });
  t.match(stderr, /request is too large/);
  t.equal((await dryRunPolicy(cluster, GOOD)).status, 201);
});

t.test('requires braces for an empty key, because the API server drops empty YAML', async (t) => {
  const derived = '{URL: {derive: {template: "x${TOKEN}"}}, TOKEN: BRACES}';
  const input = (braces: string) =>
    `apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\nmetadata: {name: shop}\nspec: {keys: ${derived.replace('BRACES', braces)}}`;
  const empty = await kubectl('apply --dry-run=server -f -', { input: input('') });
  t.match(empty.stderr, /names \$\{TOKEN\}, which is neither under keys nor has a default/);
  t.equal((await kubectl('apply --dry-run=server -f -', { input: input('{}') })).exitCode, 0);
});

t.test('shows effect and status of a policy in kubectl get, also by its short name', async (t) => {
  await mustRun('apply -f -', { input: aSecretPolicy('shop', { ...GOOD, action: 'Warn', precedence: 7 }) });
  await mustRun('wait --for=condition=Ready spol/shop --timeout=60s');
  for (const name of ['spol', 'secretpolicy', 'secretpolicies', 'secretpolicies.lockstep.dev', 'lockstep']) {
    const { stdout } = await mustRun(`get ${name}`);
    const [head = '', row = ''] = stdout.split('\n');
    t.same(head.split(/ +/), ['NAME', 'ACTION', 'READY', 'REASON', 'AGE'], name);
    t.match(row, /^(secretpolicy.lockstep.dev\/)?shop +Warn +True +Accepted +\d+s$/, name);
  }
  await mustRun('delete spol shop');
});

t.test('changes nothing, and keeps the status, when a policy is applied again', async (t) => {
  const versionOf = async () =>
    (await mustRun('get spol shop -o jsonpath={.metadata.resourceVersion}')).stdout;
  for (const flags of ['', ' --server-side --force-conflicts']) {
    await apply(GOOD, flags);
    await mustRun('wait --for=condition=Ready spol/shop --timeout=60s');
    const before = await versionOf();
    t.equal((await apply(GOOD, flags)).exitCode, 0);
    t.equal(await versionOf(), before, flags);
  }
  const { stdout } = await mustRun('get spol shop -o json');
  t.equal(JSON.parse(stdout).metadata.generation, 1);
  await mustRun('delete spol shop');
});

t.test('validates a policy with a generated name under that name', async (t) => {
  const input = { ...aSecretPolicy('shop', CYCLIC), metadata: { generateName: 'shop-' } };
  const { exitCode, stderr } = await kubectl('create -f -', { input });
  t.equal(exitCode, 1);
  t.match(stderr, /^The SecretPolicy "shop-\w{5}" is invalid: /);
});

t.test('describes every field in kubectl explain', async (t) => {
  const { stdout } = await mustRun('explain secretpolicy.spec.keys');
  t.match(stdout, /The requirements for each key of the Secret, by its name/);
  for (const [path, { properties = {} }] of objectsIn('secretpolicy.spec', secretPolicyCrd.spec)) {
    const { stdout } = await mustRun(`explain ${path}`);
    const [, fields = ''] = stdout.split('FIELDS:\n');
    for (const name of Object.keys(properties)) {
      t.match(
        fields,
        new RegExp(`^  ${name}\\t<[^\\n]*\\n(  enum: .*\\n)?    [A-Z]`, 'm'),
        `${path}.${name}`,
      );
    }
  }
});

/** Every object of the schema that has fields, by the path that kubectl explain takes. */
function objectsIn(path: string, schema: Schema): readonly (readonly [string, Schema])[] {
  const { properties, items, additionalProperties } = schema;
  if (items !== undefined) return objectsIn(path, items);
  if (typeof additionalProperties === 'object') return objectsIn(path, additionalProperties);
  if (properties === undefined) return [];
  return [
    [path, schema],
    ...Object.entries(properties).flatMap(([name, of]) => objectsIn(`${path}.${name}`, of)),
  ];
}

t.test('shows the fault in the editor of kubectl edit, and stores nothing', async (t) => {
  await mustRun('apply -f -', { input: aSecretPolicy('shop', GOOD) });
  const dir = t.testdir();
  const editor = join(dir, 'editor');
  // The first edit breaks the policy. The second one sees the reason at the top of the file, and changes nothing.
  await writeFile(
    editor,
    `#!/bin/sh\ncp "$1" ${dir}/seen\nsed -i 's/^    TOKEN:/    TOKEN: {derive: {template: "\${TOKEN}"}}\\n    OTHER:/' "$1"\n`,
  );
  await chmod(editor, 0o755);
  const edited = await kubectl('edit spol shop', { env: { KUBE_EDITOR: editor, TMPDIR: dir } });
  t.not(edited.exitCode, 0);
  t.match(
    await readFile(join(dir, 'seen'), 'utf8'),
    /^# \* spec\.keys\.TOKEN\.derive\.template: is derived from itself.*\[lockstep\]$/m,
  );
  t.same(JSON.parse((await mustRun('get spol shop -o json')).stdout).spec.keys, {
    TOKEN: { required: true, recommended: false, sensitive: false },
  });
  await mustRun('delete spol shop');
});

t.test('allows to label, fix and delete an invalid policy that was stored without lockstep', async (t) => {
  await lockstep.stop();
  for (const name of ['shop', 'other', 'held']) {
    const { exitCode, stderr } = await apply(CYCLIC, '', {
      name,
      ...(name === 'held' && { finalizers: ['example.com/a'] }),
    });
    t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  }
  await lockstep.start();
  await untilPoliciesAreValidated();
  await mustRun(`wait --for=jsonpath={${READY}.reason}=Invalid spol --all --timeout=60s`);

  const labelled = await kubectl('label spol shop team=payments');
  t.equal(labelled.exitCode, 0);
  t.match(
    labelled.stderr,
    /^Warning: spec: can not be used, and was so before this write.*\nWarning: spec\.keys\.A\.derive\.template: is derived/,
  );
  const changed = await kubectl('patch spol shop --type=merge -p {"spec":{"action":"Warn"}}');
  t.equal(changed.exitCode, 1);
  t.match(changed.stderr, 'spec.keys.A.derive.template: is derived from itself');
  const mended = await apply(GOOD);
  t.same({ exitCode: mended.exitCode, stderr: mended.stderr }, { exitCode: 0, stderr: '' });

  await mustRun('delete spol other');
  await mustRun('delete spol held --wait=false');
  await mustRun('patch spol held --type=merge -p {"metadata":{"finalizers":null}}');
  t.equal((await mustRun('get spol -o name')).stdout, 'secretpolicy.lockstep.dev/shop\n');
  await mustRun('delete spol shop');
});

t.test('warns of an expired exception in kubectl', async (t) => {
  const exceptions = [{ namespace: 'a', name: 'b', keys: ['TOKEN'], reason: 'OPS-412', until: '2020-02-29' }];
  const { exitCode, stderr } = await apply({ ...GOOD, exceptions }, ' --dry-run=server');
  t.equal(exitCode, 0);
  t.equal(
    stderr,
    'Warning: spec.exceptions[0]: ran out on 2020-02-29 and is ignored: renew or remove it [lockstep]\n',
  );
});

t.test('uses policies of an older CRD, also after an update of the CRD', async (t) => {
  const crd = parse(await readFile('manifests/crds/secretpolicies.yaml', 'utf8'));
  await mustRun('replace -f -', { input: olderCrd(crd) });
  await until(
    'the older CRD',
    [],
    async () => (await dryRunPolicy(cluster, { unnamedKeys: {} })).status >= 400,
  );

  t.equal((await apply(GOOD)).exitCode, 0);
  const unknown = await apply({ ...GOOD, unnamedKeys: {} }, '', { name: 'newer' });
  t.equal(unknown.exitCode, 1);
  t.match(unknown.stderr, 'unknown field "spec.unnamedKeys"');
  const stillBad = await apply(CYCLIC, '', { name: 'cyclic' });
  t.match(stillBad.stderr, /\[lockstep\]/);
  await lockstep.stop();
  for (const name of ['loose', 'loose-too']) {
    t.equal((await apply({ match: { names: ['Shop_1'] } }, '', { name })).exitCode, 0);
  }
  await lockstep.start();

  await mustRun('replace -f -', { input: crd });
  await until(
    'the newer CRD',
    [],
    async () => (await dryRunPolicy(cluster, { unnamedKeys: {} })).status === 201,
  );
  t.equal((await apply({ ...GOOD, unnamedKeys: {} })).exitCode, 0, 'has the fields of today');
  const labelled = await kubectl('label spol loose team=payments');
  t.equal(labelled.exitCode, 0);
  t.match(
    labelled.stderr,
    /^Warning: spec: can not be used, .*\nWarning: spec\.match\.names\[0\]: can not fit the name of a Secret/,
  );
  // The older CRD has no conditions, so each pod writes them after the update of the CRD.
  await lockstep.stop();
  await lockstep.start();
  await mustRun(`wait --for=jsonpath={${READY}.reason}=Invalid spol loose loose-too --timeout=60s`);
  await mustRun('wait --for=condition=Ready spol/shop --timeout=60s');
  t.equal((await apply(GOOD, '', { name: 'loose' })).exitCode, 0, 'is mended');
  await mustRun('wait --for=condition=Ready spol/loose --timeout=60s');
  t.equal((await kubectl('delete spol loose-too')).exitCode, 0);
});

/** An older CRD with fewer fields and fewer rules. */
function olderCrd(crd: Record<string, unknown>): object {
  const older = structuredClone(crd) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: object; status: object } } } }[] };
  };
  const [version] = older.spec.versions;
  const { properties } = version!.schema.openAPIV3Schema;
  properties.status = { type: 'object', properties: { observedGeneration: { type: 'integer' } } };
  properties.spec = JSON.parse(
    JSON.stringify(properties.spec, (name, value) =>
      ['pattern', 'x-kubernetes-validations', 'unnamedKeys', 'namespaceSelector'].includes(name)
        ? undefined
        : value,
    ),
  );
  return older;
}
