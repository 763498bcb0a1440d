import t from 'tap';
import { type AuditResult, audit } from '../../../../src/engine/diagnosis/audit/audit.ts';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import {
  aPolicy,
  aSecret,
  builtins,
  findingTexts,
  GOOD,
  STORY,
  STORY_URL,
  validated,
} from '../../../helpers/engine/engine.ts';

/** The source of the Secrets is a list of the API server, or the informer of a controller. */
async function audited(
  secrets: readonly Secret[],
  {
    policies = builtins,
    labels = {},
  }: { policies?: readonly Policy[]; labels?: Readonly<Record<string, string>> } = {},
): Promise<readonly AuditResult[]> {
  const seen: AuditResult[] = [];
  await audit(ReadableStream.from(secrets), {
    decide: (request) => validated(request, policies),
    namespaceLabels: () => new Map(Object.entries(labels)),
    observe: (each) => seen.push(each),
  });
  return seen;
}

t.test('validates a stored Secret as on CREATE, without the ratchet', async (t) => {
  const [bad] = await audited([aSecret({ ...STORY, DATABASE_URL: STORY_URL, JWT_SECRET: 'CHANGE_ME' })]);
  t.equal(bad?.verdict, 'deny');
  t.match(findingTexts(bad!.decision), ['Enforce JWT_SECRET placeholder']);
});

t.test('reports each verdict in the order of the Secrets', async (t) => {
  const changed = aSecret({ ...STORY, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });
  const seen = await audited([
    aSecret({ JWT_SECRET: 'CHANGE_ME' }, { name: 'bad' }),
    aSecret({ JWT_SECRET: GOOD.key }, { name: 'good' }),
    { ...changed, name: 'stale' },
    aSecret({ COLOUR: 'red' }, { name: 'unmeant' }),
    aSecret({ JWT_SECRET: 'CHANGE_ME' }, { name: 'going', deleting: true }),
    aSecret({ JWT_SECRET: 'CHANGE_ME' }, { name: 'system', namespace: 'kube-system' }),
    aSecret({ JWT_SECRET: 'CHANGE_ME' }, { name: 'own', namespace: 'lockstep-system' }),
    aSecret({ release: 'CHANGE_ME' }, { name: 'helm', type: 'helm.sh/release.v1' }),
  ]);
  t.same(
    seen.map(({ secret, verdict }) => `${secret.name} ${verdict}`),
    [
      'bad deny',
      'good allow',
      'stale fix',
      'unmeant allow',
      'going deny',
      'system skip',
      'own skip',
      'helm skip',
    ],
  );
});

const excepted = (until: string) =>
  aPolicy('shop', {
    keys: { API_KEY: { sensitive: true } },
    exceptions: [{ namespace: 'recon', name: '*', keys: ['API_KEY'], reason: 'OPS-1', until }],
  });

t.test('reports an excepted fault after the exception expires, and only records it before', async (t) => {
  const secrets = [aSecret({ API_KEY: 'CHANGE_ME' })];
  const [past] = await audited(secrets, { policies: [excepted('2026-11-24')] });
  t.equal(past?.verdict, 'deny');
  t.match(past?.decision.findings[0]?.fix, 'the exception OPS-1 ran out on 2026-11-24');
  const [current] = await audited(secrets, { policies: [excepted('2026-11-25')] });
  t.equal(current?.verdict, 'allow');
  t.same(findingTexts(current!.decision), ['Audit API_KEY placeholder']);
});

t.test('matches a policy with a namespace selector by the labels of the namespace', async (t) => {
  const policies = [
    aPolicy('prod', {
      match: { namespaceSelector: { matchLabels: { env: 'prod' } } },
      keys: { API_KEY: { sensitive: true } },
    }),
  ];
  const secrets = [aSecret({ API_KEY: 'CHANGE_ME' })];
  t.equal((await audited(secrets, { policies, labels: { env: 'prod' } }))[0]?.verdict, 'deny');
  t.equal((await audited(secrets, { policies, labels: { env: 'test' } }))[0]?.verdict, 'allow');
});

t.test('fails with the error of the source, after the Secrets before it were observed', async (t) => {
  async function* breaking(): AsyncGenerator<Secret> {
    yield aSecret({ JWT_SECRET: 'CHANGE_ME' });
    throw new Error('the line is cut');
  }
  const seen: AuditResult[] = [];
  const ended = audit(breaking(), {
    decide: (request) => validated(request),
    namespaceLabels: () => undefined,
    observe: (each) => seen.push(each),
  });
  await t.rejects(ended, { message: 'the line is cut' });
  t.equal(seen.length, 1);
});
