import t from 'tap';
import { aRecordingInstall } from '../../helpers/api/recording-install.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster, webhook: standIn, apply, kubectl, mustRun } = await aRecordingInstall(t);

interface Attempt {
  readonly who: string;
  readonly reason: string | undefined;
  readonly namespace?: string;
}

function write({ who, reason, namespace = 'team' }: Attempt, ...flags: readonly string[]) {
  const annotations = reason === undefined ? {} : { 'lockstep.dev/break-glass': reason };
  const input = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'glass', namespace, annotations } };
  return cluster.mustRun(['create', '-f', '-', ...flags], { input, as: who });
}

t.before(() =>
  until('the policy that tells of break-glass', [], async () => {
    const { stderr } = await write({ who: 'bob', reason: 'INC-0' }, '--dry-run=server');
    return stderr.includes('lockstep');
  }),
);

t.test('requires the annotation and the right, and warns the user', async (t) => {
  const cases: readonly (Attempt & { readonly validated: boolean; readonly because: string })[] = [
    { who: 'bob', reason: 'INC-7', validated: false, because: 'the annotation and the right' },
    { who: 'root', reason: 'INC-7', validated: false, because: 'the annotation, and a wildcard right' },
    { who: 'alice', reason: 'INC-7', validated: true, because: 'the annotation without the right' },
    { who: 'bob', reason: undefined, validated: true, because: 'the right without the annotation' },
    {
      who: 'root',
      reason: undefined,
      validated: true,
      because: 'a plain cluster-admin is validated as all are',
    },
    { who: 'bob', reason: ' ', validated: true, because: 'the annotation gives no reason' },
    {
      who: 'bob',
      reason: 'INC-7',
      namespace: 'default',
      validated: true,
      because: 'the right is in team only',
    },
  ];
  standIn.calls();
  for (const { validated, because, ...attempt } of cases) {
    const { stderr } = await write(attempt);
    t.equal(standIn.calls().length, validated ? 2 : 0, `${attempt.who}: ${because}`);
    if (validated) t.equal(stderr, '', `${attempt.who}: ${because}`);
    else t.match(stderr, /^Warning: .*lockstep did not validate this Secret, it was written as it is/);
    await mustRun(`delete secret glass -n ${attempt.namespace ?? 'team'}`);
  }
});

t.test('writes the reason into the audit log at level Metadata, for no other write', async (t) => {
  await write({ who: 'bob', reason: ' INC-8\nsee the "chat" ' });
  await mustRun('annotate secret glass -n team more=yes', { as: 'alice' });
  await mustRun('annotate secret glass -n team most=yes', { as: 'root' });
  const found = async () => {
    // The last one may be half written.
    const lines = (await cluster.auditLog()).split('\n').slice(0, -1);
    return lines
      .map((line) => JSON.parse(line))
      .filter(({ objectRef, stage, verb }) => {
        const isWrite = verb === 'create' || verb === 'patch';
        return isWrite && objectRef?.name === 'glass' && stage === 'ResponseComplete';
      })
      .slice(-3);
  };
  await until(
    'the last write in the audit log',
    [],
    async () => (await found()).at(-1)?.impersonatedUser?.username === 'root',
  );
  const writes = await found();
  t.same(
    writes.map(({ impersonatedUser, level, annotations }) => [
      impersonatedUser.username,
      level,
      annotations['lockstep-break-glass/reason'],
    ]),
    [
      ['bob', 'Metadata', 'INC-8\nsee the "chat"'],
      ['alice', 'Metadata', undefined],
      ['root', 'Metadata', 'INC-8\nsee the "chat"'],
    ],
  );
  await mustRun('delete secret glass -n team');
});

t.test('does not report writes that no webhook sees', async (t) => {
  const metadata = {
    name: 'release',
    namespace: 'team',
    annotations: { 'lockstep.dev/break-glass': 'INC-9' },
  };
  const input = { apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', metadata };
  t.equal((await mustRun('create -f -', { input })).stderr, '');
  const own = { ...input, type: 'Opaque', metadata: { ...metadata, namespace: 'lockstep-system' } };
  t.equal((await mustRun('create -f -', { input: own })).stderr, '');
});

t.test('works, and is reported, while every pod is down and the webhooks fail closed', async (t) => {
  await standIn[Symbol.asyncDispose]();
  await apply('manifests/overlays/fail-closed');
  while ((await kubectl('create secret generic probe -n team --dry-run=server')).exitCode === 0);
  const { stderr } = await write({ who: 'bob', reason: 'INC-10' });
  t.match(stderr, /lockstep did not validate this Secret/);
});
