import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { type AuditEntry, auditParts, secretAuditEntries } from '../../helpers/api/audit-log.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam } from '../../helpers/cluster/team.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { blocksOf, readPage } from '../../helpers/pages/pages.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { startCluster } from '../../testbed/cluster/cluster.ts';
import type { AuditLevel } from '../../testbed/cluster/control-plane.ts';
import { installLockstep } from '../../testbed/lockstep/lockstep.ts';
import { until } from '../../testbed/process/until.ts';

type Line = Readonly<Record<string, unknown>>;

const page = await readPage('docs/operate/audit-trail.md');
const blocks = blocksOf(page);
const shown = blocks.filter(({ language }) => language === 'json').map(({ text }) => JSON.parse(text));
const [argocds, janes, platforms, annotations] = shown;

/** Nothing listens there: the API server still sends each webhook the trace of the request. */
const tracing = {
  apiVersion: 'apiserver.config.k8s.io/v1beta1',
  kind: 'TracingConfiguration',
  endpoint: '127.0.0.1:1',
  samplingRatePerMillion: 1_000_000,
};
const tracingFile = join(t.testdir(), 'tracing.json');
await writeFile(tracingFile, JSON.stringify(tracing));
const { cluster, lockstep } = await aClusterWithLockstep(t, {
  apiServerFlags: [`--tracing-config-file=${tracingFile}`],
});
await cluster.mustRun(['create', 'namespace', 'shop']);
await theStory();
const lines = linesOf(lockstep.logs());

/** What the page tells, and one write of each kind that it does not. */
async function theStory(): Promise<void> {
  const kubectl = (who: string, words: string, input: object) =>
    cluster.kubectl(['-n', 'shop', ...words.split(' '), '-f', '-'], {
      input,
      as: who,
      asGroups: ['system:masters'],
    });
  const stale = aManifest({ DATABASE_URL: 'postgresql://recon:before@postgres:5432/app' });
  await kubectl('jane', 'create', aManifest());
  await kubectl('argocd', 'replace', stale);
  await kubectl('argocd', 'replace', stale);
  await kubectl('jane', 'replace', aManifest({ JWT_SECRET: 'CHANGE_ME' }));
  const another = [...GOOD.master].reverse().join('');
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const consent = { annotations: { 'lockstep.dev/allow-change-until': inAnHour } };
  const metadata = { name: 'reconciliation-secrets', ...consent };
  await kubectl('operator', 'replace', aManifest({ PASSWORD_MASTER_KEY: another }, { metadata }));
  await kubectl(
    'platform',
    'create',
    aSecretPolicy('shop', {
      match: {},
      keys: { REDIS_URL: { derive: { template: 'redis://${REDIS_HOST}/0' } } },
    }),
  );
  await until('the last line', [], () => linesOf(lockstep.logs()).some(({ user }) => user === 'platform'));
}

function linesOf(log: string): readonly Line[] {
  return log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ message }) => message === 'admission');
}

/** Without the parts that are others each time. */
const stable = ({ time, uid, traceparent, ms, ...rest }: Line): Line => rest;

const last = (user: string, webhook: string): Line =>
  lines.findLast((line) => line.user === user && line.webhook === webhook) ?? {};

t.test('the decision log is as docs/operate/audit-trail.md shows it', async (t) => {
  t.same(stable(last('argocd', 'mutate')), stable(argocds));
  t.same(stable(last('jane', 'validate')), stable(janes));
  t.same(stable(last('platform', 'validate-policy')), stable(platforms));
  t.same(Object.keys(stable(last('jane', 'validate'))), Object.keys(stable(janes)), 'in this order');
  for (const { traceparent } of lines) t.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

t.test('docs/operate/audit-trail.md has every field of the decision log, and no other', async (t) => {
  const [, table = ''] = /\n\| field \|[^\n]*\n\|---\|---\|\n(.*?)\n\n/s.exec(page) ?? [];
  const reported = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(
    ([, names = '']) => names.match(/\w+/g) ?? [],
  );
  const found = new Set(lines.flatMap((line) => Object.keys(line)));
  t.same([...reported].sort(), [...found].sort());
});

t.test('the annotations are in the audit log of the API server, at Metadata', async (t) => {
  const refused = ({ responseStatus, impersonatedUser }: AuditEntry) =>
    responseStatus?.code === 422 && impersonatedUser?.username === 'jane';
  await until('the denial', [], async () => (await secretAuditEntries(cluster)).some(refused));
  const { level, annotations: all = {} } = (await secretAuditEntries(cluster)).findLast(refused) ?? {};
  t.equal(level, 'Metadata');
  const ours = Object.entries(all).filter(([name]) => name.includes('.lockstep.dev/'));
  t.same(Object.fromEntries(ours), annotations);
});

t.test('the audit log tells what was not asked, and break-glass with its reason', async (t) => {
  await lockstep.stop();
  const team = await aTeam(cluster);
  const unvalidated = aManifest({}, { metadata: { name: 'unvalidated' } });
  const broken = aManifest(
    {},
    { metadata: { name: 'glass', annotations: { 'lockstep.dev/break-glass': 'OPS-7' } } },
  );
  await team.run('create -f -', { input: unvalidated });
  await team.run('create -f -', { input: broken });
  const written = async () =>
    (await secretAuditEntries(cluster)).some(({ objectRef }) => objectRef?.name === 'glass');
  await until('the last entry', [], written);
  await writeFile(join(cluster.dir, 'audit.log'), await cluster.auditLog());
  const commands = blocks.filter(({ text }) => text.startsWith('grep ')).map(({ text }) => text);
  const found = await Promise.all(
    commands.map(async (command) => {
      const { stdout } = await execa('sh', ['-c', command], { cwd: cluster.dir });
      return stdout.split('\n').map((line) => JSON.parse(line) as AuditEntry);
    }),
  );
  t.same(
    found.map((entries) => entries.map(({ objectRef }) => objectRef?.name)),
    [['unvalidated'], ['glass']],
  );
  t.equal(found[1]?.[0]?.annotations?.['lockstep-break-glass/reason'], 'OPS-7');
});

t.test('the audit log holds values at each level as docs/operate/audit-trail.md says', async (t) => {
  const [, names = '', table = ''] =
    /\n\| does the audit log hold values\? \| ([^\n]*) \|\n\|[-|]*\n(.*?)\n\n/s.exec(page) ?? [];
  const reported = [...table.matchAll(/ \| ((?:yes|no) \| (?:yes|no) \| (?:yes|no)) \|$/gm)].map(
    ([, row = '']) => row.split(' | '),
  );
  const levels = ['Metadata', 'Request', 'RequestResponse'] as const satisfies readonly AuditLevel[];
  t.equal(names, levels.join(' | '));
  for (const [column, auditLevel] of levels.entries()) {
    const found = await valuesAt(auditLevel);
    t.same(
      found.map((finds) => (finds ? 'yes' : 'no')),
      reported.map((row) => row[column]),
      auditLevel,
    );
  }
});

/** Whether values are in what was sent, in the patch, in what came back to a reader, and in what lockstep says. */
async function valuesAt(auditLevel: AuditLevel): Promise<readonly boolean[]> {
  await using recording = await startCluster({ auditLevel });
  await installLockstep(recording);
  const team = await aTeam(recording);
  const values = [aCanary(), aCanary()];
  const [password, before] = values;
  const story = {
    POSTGRES_PASSWORD: password,
    DATABASE_URL: `postgresql://recon:${before}@postgres:5432/app`,
  };
  await team.run('create -f -', { input: aManifest(story) });
  // A name begins with a letter; the value by itself may not.
  await team.kubectl('replace -f -', { input: aManifest({ ...story, JWT_SECRET: `\${A${password}}` }) });
  await team.run('get secrets -o name');
  const ofTeam = async () =>
    (await secretAuditEntries(recording)).filter(({ objectRef }) => objectRef?.namespace === team.namespace);
  await until('the last entry', [], async () => (await ofTeam()).some(({ verb }) => verb === 'list'));
  const entries = await ofTeam();
  const { sent, patches, rest } = auditParts(entries);
  const { answered } = auditParts(entries.filter(({ verb }) => verb === 'list'));
  if (!rest.includes('[lockstep/')) throw new Error('lockstep has said nothing');
  return [sent, patches, answered, rest].map((part) => findCanaries(part, values).length > 0);
}
