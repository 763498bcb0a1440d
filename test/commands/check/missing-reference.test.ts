import t, { type Test } from 'tap';
import { manifestSource } from '../../../src/commands/manifests/source.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

type Files = Readonly<Record<string, string>>;

/** What `lockstep check` of a folder with these files prints. */
async function checked(t: Test, files: Files, options: Parameters<typeof checkOutput>[2] = {}) {
  const stdin = (async function* (): AsyncGenerator<Uint8Array> {})();
  return await checkOutput(manifestSource({ stdin } as never, readManifests), [t.testdir(files)], options);
}

async function messages(t: Test, files: Files): Promise<readonly string[]> {
  const { stdout } = await checked(t, files, { format: 'json' });
  const { objects } = JSON.parse(stdout) as {
    objects: { kind: string; ref: string; findings: { message: string; fix: string }[] }[];
  };
  return objects.flatMap(({ kind, ref, findings }) =>
    findings.map(({ message, fix }) => `${kind} ${ref}: ${message}: ${fix}`),
  );
}

const secret = (name = 'app', namespace = 'shop') =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: ${namespace} }\nstringData:\n  API_TOKEN: ${GOOD.key}\n`;

const PATHS = {
  Pod: 'spec: ',
  Deployment: 'spec:\n  template:\n    spec: ',
  StatefulSet: 'spec:\n  template:\n    spec: ',
  DaemonSet: 'spec:\n  template:\n    spec: ',
  Job: 'spec:\n  template:\n    spec: ',
  CronJob: 'spec:\n  jobTemplate:\n    spec:\n      template:\n        spec: ',
};

/** `pod` is the Pod in flow style. */
const workload = (pod: string, kind: keyof typeof PATHS = 'Deployment', namespace = 'shop') =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: { name: api, namespace: ${namespace} }\n${PATHS[kind]}${pod}\n`;

const reading = (reference: string) =>
  `{ containers: [{ env: [{ name: TOKEN, valueFrom: { secretKeyRef: ${reference} } }] }] }`;

t.test('a Secret and a key that exist have no finding, in every kind of workload', async (t) => {
  for (const kind of Object.keys(PATHS) as (keyof typeof PATHS)[]) {
    const good = workload(reading('{ name: app, key: API_TOKEN }'), kind);
    t.same(await messages(t, { 'app.yaml': `${secret()}---\n${good}` }), [], kind);
    const bad = workload(reading('{ name: app, key: OTHER }'), kind);
    t.same(
      await messages(t, { 'app.yaml': `${secret()}---\n${bad}` }),
      [
        `${kind} shop/api: the Secret app has no key OTHER, and the variable TOKEN reads it: add OTHER to it, or correct the key`,
      ],
      kind,
    );
  }
});

t.test('finds each form of a reference', async (t) => {
  const name = 'absent';
  for (const [pod, reader] of [
    [reading(`{ name: ${name}, key: A }`), 'the variable TOKEN'],
    [`{ initContainers: [{ envFrom: [{ secretRef: { name: ${name} } }] }] }`, 'envFrom'],
    [`{ volumes: [{ name: v, secret: { secretName: ${name} } }] }`, 'the volume v'],
    [`{ volumes: [{ name: v, projected: { sources: [{ secret: { name: ${name} } }] } }] }`, 'the volume v'],
    [`{ imagePullSecrets: [{ name: ${name} }] }`, 'imagePullSecrets'],
  ] as const) {
    const [message] = await messages(t, { 'app.yaml': workload(pod) });
    t.match(
      message,
      `Deployment shop/api: the Secret ${name} is not in this run, and ${reader} reads it: add`,
    );
  }
  const ingress =
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: web, namespace: shop }\nspec: { tls: [{ secretName: web-tls }] }\n';
  const account =
    'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: app, namespace: shop }\nimagePullSecrets: [{ name: regcred }]\n';
  t.same(await messages(t, { 'ingress.yaml': ingress, 'account.yaml': account }), [
    'ServiceAccount shop/app: the Secret regcred is not in this run, and imagePullSecrets reads it: add it to the run, or correct the name',
    'Ingress shop/web: the Secret web-tls is not in this run, and spec.tls reads it: add it to the run, or correct the name',
  ]);
});

t.test('asks for each key of a volume with items, and suggests a similar key', async (t) => {
  const pod =
    '{ volumes: [{ name: v, secret: { secretName: app, items: [{ key: API_TOKEN, path: a }, { key: api-token, path: b }] } }] }';
  t.same(await messages(t, { 'app.yaml': `${secret()}---\n${workload(pod)}` }), [
    'Deployment shop/api: the Secret app has no key api-token, and the volume v reads it: did you mean API_TOKEN?',
  ]);
});

t.test('has one finding for all references of an object to one Secret', async (t) => {
  const env = ['A', 'B', 'C'].map(
    (key) => `{ name: ${key}, valueFrom: { secretKeyRef: { name: absent, key: ${key} } } }`,
  );
  const all = await messages(t, { 'app.yaml': workload(`{ containers: [{ env: [${env.join()}] }] }`) });
  t.equal(all.length, 1);
  t.match(all[0], 'and the variable A and 2 more read it');
});

t.test('leaves alone what is optional, and a name that is filled in later', async (t) => {
  for (const reference of [
    '{ name: absent, key: A, optional: true }',
    '{ name: "${SECRET}", key: A }',
    '{ key: A }',
  ])
    t.same(await messages(t, { 'app.yaml': workload(reading(reference)) }), [], reference);
});

t.test('counts a key that lockstep adds, one that can not be decoded, and ciphertext', async (t) => {
  const bases = `  POSTGRES_USER: shop\n  POSTGRES_PASSWORD: ${GOOD.password}\n  POSTGRES_DB: shop\n  POSTGRES_HOST: db\n`;
  const derived = `${secret()}${bases}---\n${workload(reading('{ name: app, key: DATABASE_URL }'))}`;
  t.same(await messages(t, { 'app.yaml': derived }), []);
  const undecoded = `apiVersion: v1\nkind: Secret\nmetadata: { name: app, namespace: shop }\ndata: { KEY: "!" }\n`;
  t.same(
    await messages(t, { 'app.yaml': `${undecoded}---\n${workload(reading('{ name: app, key: KEY }'))}` }),
    [],
  );
  const sealed =
    'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: { name: app, namespace: shop }\nspec: { encryptedData: { A: x } }\n';
  t.same(
    await messages(t, { 'app.yaml': `${sealed}---\n${workload(reading('{ name: app, key: KEY }'))}` }),
    [],
  );
});

t.test('a Secret of another namespace is a hint, and one without a namespace counts', async (t) => {
  const reader = workload(reading('{ name: app, key: API_TOKEN }'));
  const elsewhere = { 'app.yaml': `${secret('app', 'other')}---\n${reader}` };
  t.same(await messages(t, elsewhere), []);
  t.match(
    (await checked(t, elsewhere)).stdout.replaceAll(/\s+/g, ' '),
    'hint: 1 Secret only in another namespace, where no pod reads it: app is in other, and Deployment shop/api reads it',
  );
  t.same(await messages(t, { 'app.yaml': `${secret().replace(', namespace: shop', '')}---\n${reader}` }), []);
  const anywhere = reader.replace(', namespace: shop', '');
  t.same(await messages(t, { 'app.yaml': `${secret('app', 'other')}---\n${anywhere}` }), []);
});

t.test('a Secret that something in the run makes is a hint', async (t) => {
  const object = (apiVersion: string, kind: string, spec = '{}', name = 'maker') =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n`;
  for (const [maker, made] of [
    [object('external-secrets.io/v1', 'ExternalSecret', '{ target: { name: app } }'), 'app'],
    [object('external-secrets.io/v1beta1', 'ExternalSecret'), 'maker'],
    [object('cert-manager.io/v1', 'Certificate', '{ secretName: app-tls }'), 'app-tls'],
    [object('postgresql.cnpg.io/v1', 'Cluster'), 'maker-app'],
    [object('acid.zalan.do/v1', 'postgresql'), 'shop.maker.credentials.postgresql.acid.zalan.do'],
    [object('postgres-operator.crunchydata.com/v1beta1', 'PostgresCluster'), 'maker-pguser-shop'],
    [object('rabbitmq.com/v1beta1', 'RabbitmqCluster'), 'maker-default-user'],
    [object('secrets.hashicorp.com/v1beta1', 'VaultStaticSecret', '{ destination: { name: app } }'), 'app'],
    [object('services.cloud.sap.com/v1', 'ServiceBinding'), 'maker'],
    [
      object(
        'secrets-store.csi.x-k8s.io/v1',
        'SecretProviderClass',
        '{ secretObjects: [{ secretName: app }] }',
      ),
      'app',
    ],
    [object('helm.toolkit.fluxcd.io/v2', 'HelmRelease'), 'maker-postgresql'],
    [
      object('database.aws.crossplane.io/v1', 'RDSInstance', '{ writeConnectionSecretToRef: { name: app } }'),
      'app',
    ],
    [object('unknown.example.com/v1', 'Login', '{ secretName: app }'), 'app'],
    [object('unknown.example.com/v1', 'VaultSecret'), 'maker'],
    [
      object(
        'batch/v1',
        'Job',
        '{ template: { spec: { containers: [{ args: [create, --host=x, --secret-name=app] }] } } }',
      ),
      'app',
    ],
    [
      object(
        'batch/v1',
        'Job',
        '{ template: { spec: { containers: [{ command: [sh, -c, "kubectl create secret tls app --cert=c"] }] } } }',
      ),
      'app',
    ],
    ['apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: ci, namespace: shop }\n', 'ci-token'],
  ] as const) {
    const files = { 'maker.yaml': maker, 'app.yaml': workload(reading(`{ name: ${made}, key: A }`)) };
    t.same(await messages(t, files), [], made);
    t.match(
      (await checked(t, files)).stdout.replaceAll(/\s+/g, ' '),
      `hint: 1 Secret made in the cluster or by kustomize: ${made} by `,
    );
  }
  t.same(
    await messages(t, { 'app.yaml': workload(reading('{ name: default-token-hu5jz, key: A }')) }),
    [],
    'each namespace has the account default',
  );
  const kustomization = 'resources: [app.yaml]\nsecretGenerator:\n  - name: app\n    envs: [.env]\n';
  const reader = workload(reading('{ name: app, key: A }'));
  t.same(await messages(t, { 'kustomization.yaml': kustomization, 'app.yaml': reader }), []);
  const ingress =
    'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: web, annotations: { cert-manager.io/cluster-issuer: le } }\nspec: { tls: [{ secretName: web-tls }] }\n';
  t.same(await messages(t, { 'ingress.yaml': ingress }), []);
});

t.test('a Secret that a controller copies to other namespaces counts in each', async (t) => {
  const copied = secret('app', 'other').replace(
    'namespace: other',
    'namespace: other, annotations: { reflector.v1.k8s.emberstack.com/reflection-allowed: "true" }',
  );
  const reader = workload(reading('{ name: app, key: API_TOKEN }'));
  t.same(await messages(t, { 'app.yaml': `${copied}---\n${reader}` }), []);
});

t.test('a field of a custom resource in a group of Kubernetes names no Secret that it makes', async (t) => {
  const gateway =
    'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: g }\nspec: { secretName: app }\n';
  const reader = workload(reading('{ name: app, key: API_TOKEN }'));
  t.equal((await messages(t, { 'app.yaml': `${gateway}---\n${reader}` })).length, 1);
});

t.test('a certificate that OpenShift makes for a Service is a hint', async (t) => {
  for (const version of ['alpha', 'beta']) {
    const service = `apiVersion: v1\nkind: Service\nmetadata: { name: web, annotations: { service.${version}.openshift.io/serving-cert-secret-name: web-tls } }\n`;
    const reader = workload('{ volumes: [{ name: v, secret: { secretName: web-tls } }] }');
    t.same(await messages(t, { 'app.yaml': `${service}---\n${reader}` }), []);
  }
});

t.test('the objects that a test expects are read by nobody', async (t) => {
  const reader = workload(reading('{ name: absent, key: A }'));
  for (const name of ['01-assert.yaml', 'assert.yaml', '00-install-errors.yml'])
    t.same(await messages(t, { [name]: reader }), [], name);
});

t.test('the keys of a Secret that is filled later are not known', async (t) => {
  const empty = 'apiVersion: v1\nkind: Secret\nmetadata: { name: app, namespace: shop }\ndata: {}\n';
  t.same(await messages(t, { 'app.yaml': `${empty}---\n${workload(reading('{ name: app, key: A }'))}` }), []);
});

t.test('a Secret that a person makes from an example is a hint', async (t) => {
  const files = {
    'app.yaml': workload(reading('{ name: app, key: API_TOKEN }')),
    'secret.example.yaml': secret().replace(GOOD.key, '<token>'),
  };
  t.same(await messages(t, files), []);
  t.match(
    (await checked(t, files)).stdout.replaceAll(/\s+/g, ' '),
    'app by a person, from secret.example.yaml',
  );
});

t.test('a key without a value has its own finding', async (t) => {
  const empty = 'apiVersion: v1\nkind: Secret\nmetadata: { name: app, namespace: shop }\ndata:\n  KEY:\n';
  const reader = workload(reading('{ name: app, key: KEY }'));
  t.same(await messages(t, { 'app.yaml': `${empty}---\n${reader}` }), []);
});

t.test('a controller in the run can add keys to a Secret of the run', async (t) => {
  const merging =
    'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: { name: more, namespace: shop }\nspec: { target: { name: app, creationPolicy: Merge } }\n';
  const reader = workload(reading('{ name: app, key: FETCHED }'));
  t.same(await messages(t, { 'app.yaml': [secret(), merging, reader].join('---\n') }), []);
});

t.test('exits with 1 under --strict only, in every format, and prints no value', async (t) => {
  const value = aCanary();
  const pod = `{ containers: [{ env: [{ name: A, value: ${value} }, { name: B, valueFrom: { secretKeyRef: { name: absent, key: B } } }] }] }`;
  const files = { 'app.yaml': `${secret().replace(GOOD.key, value)}---\n${workload(pod)}` };
  for (const format of FORMATS) {
    const { exitCode, stdout } = await checked(t, files, { format });
    t.equal(exitCode, 0, format);
    t.match(stdout, /absent/);
    t.same(findCanaries(stdout, [value]), []);
    t.equal((await checked(t, files, { format, strict: true })).exitCode, 1, format);
  }
});

t.test('a fault of the YAML in a workload is no error: it may be a template', async (t) => {
  const broken = `${workload('{ containers: [{ image: "a }] }')}`;
  const { exitCode } = await checked(t, { 'app.yaml': `${secret()}---\n${broken}` });
  t.equal(exitCode, 0);
});

t.test('a hundred thousand references are read in bounded time, as 1,000', async (t) => {
  const many = Array.from({ length: 100_000 }, (_, index) => `{ name: s${index} }`).join();
  t.equal((await messages(t, { 'app.yaml': workload(`{ imagePullSecrets: [${many}] }`) })).length, 1000);
});
