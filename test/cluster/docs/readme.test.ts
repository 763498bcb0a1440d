import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { aClusterBehind } from '../../helpers/pages/page-cluster.ts';
import { runBlock, shellIn } from '../../helpers/pages/page-shell.ts';
import { type Block, blocksOf, readPage, sectionOf } from '../../helpers/pages/pages.ts';
import { aRelease } from '../../release/folder.ts';
import { findBinaries } from '../../testbed/binaries.ts';

/**
 * From nothing to enforcing, a refusal, a correction, a rotation, and out again: by nothing but the commands of the
 * README, in the folder of a release, with kubectl and npm.
 */
const readme = await readPage('README.md');
const toBeRun = (text: string): Block[] => blocksOf(text).filter(({ markers }) => !markers.has('not run'));
const out = toBeRun(sectionOf(readme, '### Uninstall'));
const outTexts = new Set(out.map(({ text }) => text));
const install = toBeRun(sectionOf(readme, '## Install')).filter(({ text }) => !outTexts.has(text));
const known = new Set([...install, ...out].map(({ text }) => text));
const others = toBeRun(readme).filter(({ text }) => !known.has(text));

const release = await aRelease(t);
const shell = await aClusterBehind(t, ['webhook', 'controller'], async (cluster, service) => {
  pinInstallFiles(release, service);
  const home = join(cluster.dir, 'home');
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(findBinaries(['kubectl']).kubectl, join(bin, 'kubectl'));
  return shellIn(release, {
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(':'),
    HOME: home,
    KUBECONFIG: cluster.kubeconfig,
    // `npm install --global` goes here, and asks no registry.
    npm_config_prefix: home,
    npm_config_offline: 'true',
  });
});
const BAD = 'kubectl create secret generic bad --from-literal=JWT_SECRET=changeme';
const keyOf = async (key: string): Promise<string> =>
  (await shell.run(`kubectl get secret reconciliation-secrets -o jsonpath={.data.${key}}`)).output;

t.test('before, a placeholder is stored', async (t) => {
  const { exitCode, output } = await shell.run(BAD);
  t.equal(exitCode, 0, output);
});

t.test('the README shows each of the five', async (t) => {
  for (const [blocks, words] of [
    [install, 'kubectl apply -f install.yaml'],
    [others, '[lockstep/placeholder]'],
    [others, 'now follows POSTGRES_PASSWORD'],
    [others, 'lockstep rotate '],
    [out, 'kubectl delete -f install.yaml'],
  ] as const)
    t.ok(
      blocks.some(({ text }) => text.includes(words)),
      words,
    );
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

t.test('a refusal, a correction and a rotation', async (t) => {
  let before = '';
  for (const block of others) {
    const isRotation = block.text.includes('lockstep rotate ');
    if (isRotation) before = await keyOf('JWT_SECRET');
    await t.test(nameOf(block), (t) => runBlock(t, shell, block));
    if (!isRotation) continue;
    t.not(before, '', 'the key had a value');
    t.not(await keyOf('JWT_SECRET'), before, 'the key has another value');
  }
});

t.test('### Uninstall', async (t) => {
  await timed(t, 'out again', out);
  const { exitCode } = await shell.run(BAD.replace('bad', 'worse'));
  t.equal(exitCode, 0, 'no webhook validates any more');
  const left =
    'kubectl get namespaces,crds,clusterroles,clusterrolebindings,priorityclasses,mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicies -o name';
  t.notMatch((await shell.run(left)).output, /lockstep/);
  t.match(await keyOf('DATABASE_URL'), /^[\w+/]+=*$/, 'what the teams have is left');
});

/** The Service gets an address on which a local process can listen. Nothing else of the release is changed. */
function pinInstallFiles(
  folder: string,
  { address, port }: { readonly address: string; readonly port: number },
): void {
  const service = /( {2}ports:\n {2}- name: https\n {4}port: )443/;
  for (const name of readdirSync(folder).filter((each) => /^install.*\.yaml$/.test(each))) {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8');
    if (!service.test(text)) throw new Error(`${name} has no Service for the webhook`);
    writeFileSync(
      file,
      text.replace(service, `  clusterIP: ${address}\n$1${port}`).replaceAll('port: 443', `port: ${port}`),
    );
  }
}

async function timed(t: Test, what: string, blocks: readonly Block[]): Promise<void> {
  const began = performance.now();
  for (const block of blocks) await t.test(nameOf(block), (t) => runBlock(t, shell, block));
  t.comment(`${what}, by the README: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

const nameOf = ({ text }: Block): string => text.split('\n')[0] ?? '';
