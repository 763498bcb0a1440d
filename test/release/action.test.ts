import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { executableArchive } from '../../scripts/release/executable.ts';
import { VERSION } from '../../scripts/release/project.ts';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { runAction } from './composite-action.ts';
import { aRelease, npmPackage } from './folder.ts';
import { aRegistry, PLANTED } from './planted.ts';

const ACTION = join(ROOT, 'action.yml');
const demo = (name: string): string => readFileSync(join(ROOT, 'docs', 'demo', `${name}.yaml`), 'utf8');
const release = await aRelease(t);
const local = { package: npmPackage(release) };
const archive = join(release, executableArchive({ arch: 'x64' }));

t.test('a clean repository passes, and the report is uploaded', async (t) => {
  const workspace = t.testdir({ k8s: { 'secret.yaml': demo('secret') } });
  const result = await runAction(ACTION, workspace, { ...local, paths: 'k8s' });
  t.notOk(result.failed, result.log);
  t.same(result.outputs, { 'exit-code': '0', 'sarif-file': 'lockstep.sarif' });
  t.same(
    result.used.map(({ uses }) => uses.split('@')[0]),
    ['github/codeql-action/upload-sarif'],
  );
  t.match(result.used.at(-1)?.with, { sarif_file: 'lockstep.upload.sarif' });
});

t.test('a placeholder fails the job after the upload, with its place in the report', async (t) => {
  const workspace = t.testdir({ k8s: { 'template.yaml': demo('template') } });
  const result = await runAction(ACTION, workspace, { ...local, paths: 'k8s', 'sarif-file': 'out.sarif' });
  t.ok(result.failed);
  t.equal(result.outputs['exit-code'], '1');
  t.equal(result.used.length, 1, 'the upload is before the failure');
  const [{ results }] = JSON.parse(readFileSync(join(workspace, 'out.sarif'), 'utf8')).runs;
  t.equal(results[0].locations[0].physicalLocation.artifactLocation.uri, 'k8s/template.yaml');
});

t.test('accepted findings pass, and the upload leaves them out', async (t) => {
  const template = demo('template');
  const workspace = t.testdir({ k8s: { 'template.yaml': template } });
  const given = { ...local, paths: 'k8s', baseline: 'baseline.json', 'fail-on': 'Warn' };
  const absent = await runAction(ACTION, workspace, given);
  t.equal(absent.outputs['exit-code'], '2');
  await runAction(ACTION, workspace, { ...local, paths: 'k8s', args: '--write-baseline=baseline.json' });
  const result = await runAction(ACTION, workspace, given);
  t.notOk(result.failed, result.log);
  const resultsIn = (file: string) =>
    JSON.parse(readFileSync(join(workspace, file), 'utf8')).runs[0].results.length;
  t.not(resultsIn('lockstep.sarif'), 0);
  t.equal(resultsIn('lockstep.upload.sarif'), 0);
});

t.test('a path that does not exist is exit code 2', async (t) => {
  const result = await runAction(ACTION, t.testdir(), { ...local, paths: 'absent' });
  t.ok(result.failed);
  t.equal(result.outputs['exit-code'], '2');
});

t.test('on Linux, the archive of the executable needs no npm', async (t) => {
  const workspace = t.testdir({ k8s: { 'template.yaml': demo('template') } });
  const result = await runAction(ACTION, workspace, { package: archive, paths: 'k8s' });
  t.equal(result.outputs['exit-code'], '1', result.log);
  t.notMatch(result.log, 'added 1 package');
  const absent = await runAction(ACTION, workspace, { package: 'absent-linux-x64.tar.gz', paths: 'k8s' });
  t.same(absent.outputs, { 'exit-code': '2', 'sarif-file': '' });
});

t.test('paths and arguments are one a line; no upload if that is asked', async (t) => {
  const workspace = t.testdir({
    'a folder': { 'secret.yaml': demo('secret') },
    more: { 'template.yaml': demo('template'), 'secret.yaml': demo('secret') },
  });
  const result = await runAction(ACTION, workspace, {
    ...local,
    paths: 'a folder\n\nmore\n',
    args: '--exclude\ntemplate.yaml\n--namespace=shop',
    'upload-sarif': 'false',
  });
  t.notOk(result.failed, result.log);
  t.same(result.used, []);
});

t.test('a hostile path is a path, and no command', async (t) => {
  const workspace = t.testdir();
  for (const paths of ['$(touch pwned)', '"; touch pwned; "', '`touch pwned`', "'; touch pwned #"]) {
    const result = await runAction(ACTION, workspace, { ...local, paths });
    t.equal(result.outputs['exit-code'], '2', paths);
    t.notOk(existsSync(join(workspace, 'pwned')), paths);
  }
});

t.test('a checkout replaces neither the checker nor its configuration', async (t) => {
  process.env.npm_config_registry = await aRegistry(t, local.package);
  t.teardown(() => {
    delete process.env.npm_config_registry;
  });
  for (const given of [{ package: `lockstep@${VERSION}` }, local, { package: archive }]) {
    const workspace = t.testdir({ ...PLANTED, k8s: { 'template.yaml': demo('template') } });
    const result = await runAction(ACTION, workspace, { ...given, paths: 'k8s' });
    t.equal(result.outputs['exit-code'], '1', result.log);
    t.match(readFileSync(join(workspace, 'lockstep.sarif'), 'utf8'), '"placeholder"');
    t.notOk(existsSync(join(workspace, 'pwned')));
  }
});

t.test(
  'a package that npm can not install is exit code 2, and a file of the checkout is a package',
  async (t) => {
    const workspace = t.testdir({ k8s: { 'secret.yaml': demo('secret') } });
    const absent = await runAction(ACTION, workspace, { package: './absent.tgz', paths: 'k8s' });
    t.equal(absent.outputs['exit-code'], '2');
    copyFileSync(local.package, join(workspace, 'lockstep.tgz'));
    const relative = await runAction(ACTION, workspace, { package: 'lockstep.tgz', paths: 'k8s' });
    t.equal(relative.outputs['exit-code'], '0', relative.log);
  },
);

t.test('a checkout chooses no file for the reports, and no package for an address', async (t) => {
  process.env.npm_config_fetch_retries = '0';
  t.teardown(() => {
    delete process.env.npm_config_fetch_retries;
  });
  const outside = t.testdir({
    tool: 'a tool',
    workspace: {
      'lockstep.sarif': t.fixture('symlink', '../tool'),
      'lockstep.upload.sarif': t.fixture('symlink', '../tool'),
      'template.yaml': demo('template'),
    },
  });
  const workspace = join(outside, 'workspace');
  const checked = await runAction(ACTION, workspace, local);
  t.equal(checked.outputs['exit-code'], '1', checked.log);
  for (const report of ['lockstep.sarif', 'lockstep.upload.sarif'])
    t.ok(lstatSync(join(workspace, report)).isFile(), report);
  const address = 'https://127.0.0.1:9/lockstep.tgz';
  const planted = join(workspace, address);
  mkdirSync(dirname(planted), { recursive: true });
  copyFileSync(local.package, planted);
  const { outputs } = await runAction(ACTION, workspace, { package: address });
  t.same(outputs, { 'exit-code': '2', 'sarif-file': '' }, 'the report of the run before is gone');
  t.equal(readFileSync(join(outside, 'tool'), 'utf8'), 'a tool');
});
