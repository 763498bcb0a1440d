import t, { type Test } from 'tap';
import { manifestSource } from '../../../src/commands/manifests/source.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';

type Files = Readonly<Record<string, string>>;

async function checked(t: Test, files: Files, options: Parameters<typeof checkOutput>[2] = {}) {
  const stdin = (async function* (): AsyncGenerator<Uint8Array> {})();
  return await checkOutput(
    manifestSource({ stdin } as never, readManifests),
    [t.testdir(tree(files))],
    options,
  );
}

/** Files by their path, at most one folder deep. */
function tree(files: Files): Record<string, string | Record<string, string>> {
  const folders: Record<string, string | Record<string, string>> = {};
  for (const [path, content] of Object.entries(files)) {
    const [folder = '', file] = path.split('/');
    if (file === undefined) folders[folder] = content;
    else folders[folder] = { ...(folders[folder] as Record<string, string> | undefined), [file]: content };
  }
  return folders;
}

interface Reported {
  readonly verdict: string;
  readonly findings: readonly { rule: string; key: string; action: string; message: string }[];
}

async function reported(t: Test, files: Files): Promise<Reported> {
  const { stdout } = await checked(t, files, { format: 'json' });
  const [secret] = (JSON.parse(stdout) as { secrets: Reported[] }).secrets;
  if (secret === undefined) throw new Error(stdout);
  return secret;
}

const found = ({ verdict, findings }: Reported): readonly string[] => [
  verdict,
  ...findings.map(({ rule, key, action }) => `${key} ${rule} ${action}`),
];

const kustomization = (spec = 'postBuild: { substituteFrom: [{ kind: Secret, name: vars }] }') =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: apps, namespace: flux-system }\nspec:\n  path: ./apps\n  ${spec}\n`;

const secret = (values: string, metadata = '{ name: app, namespace: shop }', field = 'stringData') =>
  `apiVersion: v1\nkind: Secret\nmetadata: ${metadata}\n${field}:\n  ${values}\n`;

const FLUX = { 'clusters/apps.yaml': kustomization() };
const NOTE = ['allow', 'DB_PASSWORD unrendered-template Audit'];
const REFUSED = ['deny', 'DB_PASSWORD unrendered-template Enforce'];

t.test('a variable is a template that nobody rendered, without Flux', async (t) => {
  const app = { 'apps/secret.yaml': secret("DB_PASSWORD: '${DB_PASSWORD}'") };
  t.same(found(await reported(t, app)), REFUSED);
  for (const [title, spec] of Object.entries({
    'no postBuild': 'prune: true',
    'a postBuild without a variable': 'postBuild: { substitute: {}, substituteFrom: [] }',
  }))
    t.same(found(await reported(t, { ...app, 'clusters/apps.yaml': kustomization(spec) })), REFUSED, title);
  const plain =
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [secret.yaml]\npostBuild: { substitute: { A: b } }\n';
  t.same(found(await reported(t, { ...app, 'apps/kustomization.yaml': plain })), REFUSED, 'no Flux');
});

t.test('a Kustomization with postBuild makes it a note, in each order of the files', async (t) => {
  for (const file of ['clusters/apps.yaml', 'zones/apps.yaml'])
    for (const spec of [undefined, 'postBuild: { substitute: { DB_PASSWORD: x } }'])
      t.same(
        found(
          await reported(t, {
            [file]: kustomization(spec),
            'm/secret.yaml': secret("DB_PASSWORD: '${DB_PASSWORD}'"),
          }),
        ),
        NOTE,
        `${file} ${spec}`,
      );
});

t.test('each form of the envsubst of Flux', async (t) => {
  const forms = [
    ...['${VAR}', '${#VAR}', '${VAR^}', '${VAR^^}', '${VAR,}', '${VAR,,}', '${VAR:3}', '${VAR:3:4}'],
    ...['${VAR#a}', '${VAR##a}', '${VAR%a}', '${VAR%%a}', '${VAR-x}', '${VAR:-x}', '${VAR=x}', '${VAR:=x}'],
    ...['${VAR/a/b}', '${VAR//a/b}', '${VAR/#a/b}', '${VAR/%a/b}', '${VAR:=${OTHER}}', '${VAR:=${A:-${B}}}'],
    ...['${user_name}-${USER_PASSWORD}', '${_VAR_NAME}'],
  ];
  for (const form of forms) {
    const { verdict, findings } = await reported(t, {
      ...FLUX,
      'apps/secret.yaml': secret(`DB_PASSWORD: '${form}'`),
    });
    t.equal(verdict, 'allow', `${form} ${findings.map(({ rule, message }) => `${rule} ${message}`)}`);
  }
});

t.test('what Flux does not replace is refused as before', async (t) => {
  const forms = [
    ...['$${DB_PASSWORD}', '{{ .Values.password }}', '$(DB_PASSWORD)', '$DB_PASSWORD'],
    ...[
      '${DB_PASSWORD}{{ .Values.password }}',
      '${DB_PASSWORD:?unset}',
      '${DB_PASSWORD:+set}',
      '${DB.PASSWORD}',
    ],
  ];
  for (const form of forms)
    t.same(
      found(await reported(t, { ...FLUX, 'apps/secret.yaml': secret(`DB_PASSWORD: '${form}'`) })),
      REFUSED,
      form,
    );
  const encoded = Buffer.from('${DB_PASSWORD}').toString('base64');
  const app = secret(`DB_PASSWORD: ${encoded}`, undefined, 'data');
  t.same(found(await reported(t, { ...FLUX, 'apps/secret.yaml': app })), REFUSED, 'inside base64');
});

t.test('an object that opts out keeps its variables', async (t) => {
  for (const field of ['labels', 'annotations']) {
    const of = (value: string) =>
      `{ name: app, namespace: shop, ${field}: { kustomize.toolkit.fluxcd.io/substitute: ${value} } }`;
    const values = "DB_PASSWORD: '${DB_PASSWORD}'";
    t.same(
      found(await reported(t, { ...FLUX, 'apps/secret.yaml': secret(values, of('disabled')) })),
      REFUSED,
      field,
    );
    t.same(
      found(await reported(t, { ...FLUX, 'apps/secret.yaml': secret(values, of('enabled')) })),
      NOTE,
      field,
    );
  }
});

t.test('under data, in a docker config and in metadata, one note for each', async (t) => {
  t.same(
    found(
      await reported(t, {
        ...FLUX,
        'apps/secret.yaml': secret('DB_PASSWORD: ${DB_PASSWORD_BASE64}', undefined, 'data'),
      }),
    ),
    NOTE,
  );
  const docker = `type: kubernetes.io/dockerconfigjson\n${secret("'.dockerconfigjson': '${DOCKER_CONFIG}'")}`;
  t.same(found(await reported(t, { ...FLUX, 'apps/secret.yaml': docker })), [
    'allow',
    '.dockerconfigjson unrendered-template Audit',
  ]);
  const metadata = "{ name: 'app-${CLUSTER}', namespace: '${CLUSTER}', labels: { team: '${TEAM_NAME}' } }";
  t.same(found(await reported(t, { ...FLUX, 'apps/secret.yaml': secret('COLOUR: blue', metadata) })), [
    'allow',
    'metadata.name unrendered-template Audit',
    'metadata.namespace unrendered-template Audit',
    'metadata.labels[team] unrendered-template Audit',
  ]);
});

t.test('other findings of the Secret stay, in every format', async (t) => {
  const files = {
    ...FLUX,
    'apps/secret.yaml': secret("DB_PASSWORD: '${DB_PASSWORD}'\n  API_TOKEN: changeme"),
  };
  const report = await reported(t, files);
  t.same(found(report), ['deny', 'DB_PASSWORD unrendered-template Audit', 'API_TOKEN placeholder Enforce']);
  t.match(report.findings[0]?.message, /^is a variable of Flux, and Kustomization apps replaces variables/);
  for (const format of FORMATS)
    t.match((await checked(t, files, { format })).stdout, /a variable of Flux/, format);
});

t.test('a patch of kustomize that deletes a Secret is no Secret to validate', async (t) => {
  const patch = 'apiVersion: v1\nkind: Secret\nmetadata: { name: app, namespace: shop }\n$patch: delete\n';
  const { exitCode, stdout } = await checked(t, { 'patch.yaml': patch });
  t.equal(exitCode, 0, stdout);
  t.match(stdout, '1 Secret not validated, because a patch of kustomize deletes it: shop/app');
  t.same(found(await reported(t, { 'patch.yaml': patch })), ['skip']);
});

t.test('a directive inside a patch is no key and no field', async (t) => {
  const clean = {
    'in stringData': secret('$patch: replace\n  COLOUR: blue'),
    'in data': secret('$patch: delete', undefined, 'data'),
    'in labels': secret('COLOUR: blue', '{ name: app, labels: { $patch: delete } }'),
    'at the top': `$patch: merge\n${secret('COLOUR: blue')}`,
  };
  for (const [title, patch] of Object.entries(clean))
    t.same(found(await reported(t, { 'patch.yaml': patch })), ['allow'], title);
  const unknown = { 'patch.yaml': `$patch: erase\n${secret('COLOUR: blue')}` };
  t.same(found(await reported(t, unknown)), ['deny', '$patch unknown-field Enforce']);
});
