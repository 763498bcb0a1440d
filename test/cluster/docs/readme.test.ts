import t, { type Test } from 'tap';
import { aPageCluster } from '../../helpers/pages/page-cluster.ts';
import { runBlock } from '../../helpers/pages/page-shell.ts';
import { type Block, blocksOf, readPage, sectionOf } from '../../helpers/pages/pages.ts';

// From nothing to enforcing, and out again, by nothing but the README.
const readme = await readPage('README.md');
const toBeRun = (text: string): Block[] => blocksOf(text).filter(({ markers }) => !markers.has('not run'));
const out = toBeRun(sectionOf(readme, '### Uninstall'));
const outTexts = new Set(out.map(({ text }) => text));
const install = toBeRun(sectionOf(readme, '## Install')).filter(({ text }) => !outTexts.has(text));
const known = new Set([...install, ...out].map(({ text }) => text));
const others = toBeRun(readme).filter(({ text }) => !known.has(text));

const shell = await aPageCluster(t);
const BAD = 'kubectl create secret generic bad --from-literal=JWT_SECRET=changeme';

t.test('before, a placeholder is stored', async (t) => {
  const { exitCode, output } = await shell.run(BAD);
  t.equal(exitCode, 0, output);
});

t.test('## Install', async (t) => {
  await timed(t, 'from nothing to enforcing', install);
  const { output } = await shell.run(BAD.replace('bad', 'worse'));
  t.match(output, '[lockstep/placeholder]');
  const { output: policy } = await shell.run(
    'kubectl get validatingwebhookconfiguration lockstep -o jsonpath={.webhooks[0].failurePolicy}',
  );
  t.equal(policy, 'Fail');
});

t.test('the other commands of the README work', async (t) => {
  for (const block of others) await t.test(nameOf(block), (t) => runBlock(t, shell, block));
});

t.test('### Uninstall', async (t) => {
  await timed(t, 'out again', out);
  const { exitCode } = await shell.run(BAD.replace('bad', 'worse'));
  t.equal(exitCode, 0, 'no webhook validates any more');
  const left =
    'kubectl get namespaces,crds,clusterroles,clusterrolebindings,priorityclasses,mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicies -o name';
  t.notMatch((await shell.run(left)).output, /lockstep/);
  const { output } = await shell.run(
    'kubectl get secret reconciliation-secrets -o jsonpath={.data.DATABASE_URL}',
  );
  t.match(output, /^[\w+/]+=*$/, 'what the teams have is left');
});

async function timed(t: Test, what: string, blocks: readonly Block[]): Promise<void> {
  const began = performance.now();
  for (const block of blocks) await t.test(nameOf(block), (t) => runBlock(t, shell, block));
  t.comment(`${what}, by the README: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

const nameOf = ({ text }: Block): string => text.split('\n')[0] ?? '';
