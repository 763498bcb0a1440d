import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import jsonPatch from 'fast-json-patch';
import t from 'tap';
import type { ReadManifests } from '../../src/commands/manifests/source.ts';
import { mutateSecret, validateSecret } from '../../src/engine/review/decide/decide.ts';
import { readManifests } from '../../src/manifest/read/read.ts';
import type { CheckedSecret } from '../../src/report/check-report.ts';
import { aReview, base64, bytesOf, type Json, recordedReviews } from '../helpers/admission/review.ts';
import { webhook } from '../helpers/admission/webhook.ts';
import { checkOutput } from '../helpers/commands/commands.ts';
import type { PlainManifest } from '../helpers/commands/plain-manifests.ts';
import { builtins, GOOD, testContext } from '../helpers/engine/engine.ts';

const engine = {
  mutate: (request: Parameters<typeof mutateSecret>[0]) => mutateSecret(request, builtins, testContext),
  validate: (request: Parameters<typeof validateSecret>[0]) => validateSecret(request, builtins, testContext),
};
const mutate = webhook('mutate', engine);
const validate = webhook('validate', engine);

interface Told {
  readonly verdict: string;
  readonly findings: readonly string[];
  readonly changes: readonly string[];
}

/** Both webhooks one after the other, as the API server calls them for `kubectl create`. */
function throughWebhook(object: PlainManifest): Told {
  const { name, namespace = 'default' } = object.metadata as Json;
  const body = bytesOf(aReview({ name: name ?? '', namespace, object, userInfo: {} }));
  const first = mutate(body).answer;
  const skipped = first.decision?.skipped;
  if (skipped !== undefined && skipped !== 'unmatched') return { verdict: 'skip', findings: [], changes: [] };
  const changes = first.decision?.changes ?? [];
  const { patch } = first.response;
  const second = validate(patch === undefined ? body : patched(body, patch)).answer;
  const verdict = second.response.allowed ? (changes.length > 0 ? 'fix' : 'allow') : 'deny';
  return {
    verdict,
    findings: (second.decision?.findings ?? []).map(reported).sort(),
    changes: changes.map(({ key, reason }) => `${key} ${reason}`).sort(),
  };
}

function patched(body: Buffer, patch: string): Buffer {
  const review = JSON.parse(body.toString('utf8'));
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  review.request.object = jsonPatch.applyPatch(review.request.object, operations, true).newDocument;
  return bytesOf(review);
}

/** Each object in a check of its own: what one says of another is no finding of the webhook. */
async function throughCheck(object: PlainManifest): Promise<Told> {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', ...object });
  const stdin = async () => Buffer.from(text);
  const manifests = {
    read: (paths: readonly string[], options: Parameters<ReadManifests>[1]) =>
      readManifests(paths, { ...options, stdin }),
    bytesOf: stdin,
  };
  const { stdout } = await checkOutput(manifests, ['-'], { format: 'json' });
  const [secret] = JSON.parse(stdout).secrets as readonly CheckedSecret[];
  return {
    verdict: secret?.verdict ?? 'none',
    findings: (secret?.findings ?? []).map(reported).sort(),
    changes: (secret?.changes ?? []).map(({ key, reason }) => `${key} ${reason}`).sort(),
  };
}

const reported = (finding: {
  readonly action: string;
  readonly key: string;
  readonly rule: string;
  readonly message: string;
  readonly fix: string;
}): string =>
  [
    finding.action,
    finding.key,
    finding.rule,
    finding.message,
    finding.fix.replaceAll(ONLY_IN_MANIFESTS, ''),
  ].join(' | ');

/** Advice to the author of a manifest: the source of a pipe, the option, and the field for plain text. */
const ONLY_IN_MANIFESTS =
  /^in its source, | \(--allow-references skips it\)$| under stringData(?=, e\.g\. openssl)/g;

interface Whole {
  readonly what: string;
  readonly type?: string;
  readonly labels?: Json;
  readonly annotations?: Json;
  readonly text?: Readonly<Record<string, string>>;
  readonly bytes?: Readonly<Record<string, string>>;
}

function objectOf({
  type = 'Opaque',
  labels = {},
  annotations = {},
  text = {},
  bytes = {},
}: Whole): PlainManifest {
  const encoded = Object.entries(text).map(([key, value]) => [key, base64(value)]);
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'app', namespace: 'shop', labels, annotations },
    type,
    data: { ...Object.fromEntries(encoded), ...bytes },
  };
}

t.test('whole Secrets get the same verdict and the same findings through webhook and check', async (t) => {
  const file = new URL('../data/whole-secrets.json', import.meta.url);
  const { good, bad } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<'good' | 'bad', Whole[]>>;
  const verdicts = new Set<string>();
  for (const whole of [...good, ...bad]) {
    const expected = throughWebhook(objectOf(whole));
    t.same(await throughCheck(objectOf(whole)), expected, whole.what);
    verdicts.add(expected.verdict);
  }
  t.ok(verdicts.has('deny') && verdicts.has('allow'), 'the corpus is no test if all of it is alike');
});

/** An invalid key; a change of the type to one whose keys are missing. */
const REFUSED_BY_API_SERVER = ['create-raw-invalid-key', 'update-type-changed'];

t.test('so do the Secrets of recorded reviews, under two names', async (t) => {
  const verdicts = new Set<string>();
  for (const [file, body] of recordedReviews()) {
    const { object } = JSON.parse(body.toString('utf8')).request;
    // The webhook sees some Secrets before the API server itself refuses them; check says what the API server would.
    if (object?.metadata === undefined || REFUSED_BY_API_SERVER.some((name) => file.startsWith(name)))
      continue;
    for (const name of [object.metadata.name, 'reconciliation-secrets']) {
      const manifest = { ...object, metadata: { ...object.metadata, name } };
      const expected = throughWebhook(manifest);
      t.same(await throughCheck(manifest), expected, `${file} as ${name}`);
      verdicts.add(expected.verdict);
    }
  }
  t.same([...verdicts].sort(), ['allow', 'deny', 'fix', 'skip']);
});

t.test('so does what lockstep mends', async (t) => {
  const whole = (text: Readonly<Record<string, string>>): PlainManifest => objectOf({ what: '', text });
  const login = { POSTGRES_USER: 'shop', POSTGRES_DB: 'orders', POSTGRES_PASSWORD: GOOD.password };
  for (const [what, object, verdict] of [
    ['a stale URL', whole({ ...login, DATABASE_URL: `postgresql://shop:${GOOD.other}@db/orders` }), 'fix'],
    ['a URL to be added', whole({ ...login, POSTGRES_HOST: 'db' }), 'fix'],
    ['a newline', whole({ ...login, POSTGRES_PASSWORD: `${GOOD.password}\n` }), 'fix'],
    [
      'a newline, and a placeholder',
      whole({ ...login, POSTGRES_USER: 'shop\n', JWT_SECRET: 'changeme' }),
      'deny',
    ],
  ] as const) {
    const expected = throughWebhook(object);
    t.equal(expected.verdict, verdict, what);
    t.ok(expected.changes.length > 0, what);
    t.same(await throughCheck(object), expected, what);
  }
});

t.test('so do the fixes for a Secret that an ExternalSecret owns', async (t) => {
  const controller = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    name: 'app',
    uid: '7c9a2d4e-3b1f-4f6a-9a0c-5d8e2b6f1c3a',
    controller: true,
  };
  const owned = (text: Readonly<Record<string, string>>): PlainManifest => {
    const object = objectOf({ what: '', text });
    const metadata = { name: 'reconciliation-secrets', namespace: 'shop', ownerReferences: [controller] };
    return { ...object, metadata };
  };
  const login = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: GOOD.password, JWT_SECRET: GOOD.key };
  for (const [text, fix] of [
    [login, "fetch POSTGRES_DB, and add DATABASE_URL to the ExternalSecret's template: lockstep render"],
    [{ ...login, POSTGRES_DB: 'orders' }, "add it to the ExternalSecret's template: lockstep render"],
    [
      { ...login, DATABASE_URL: `postgresql://shop:${GOOD.password}@db/orders`, JWT_SECRET: '' },
      'set a value in the store that the ExternalSecret reads',
    ],
  ] as const) {
    const expected = throughWebhook(owned(text));
    t.equal(expected.verdict, 'deny', fix);
    t.ok(
      expected.findings.some((finding) => finding.includes(fix)),
      expected.findings.join('\n'),
    );
    t.same(await throughCheck(owned(text)), expected, fix);
  }
});
