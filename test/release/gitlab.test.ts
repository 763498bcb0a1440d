import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { parse } from 'yaml';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { aRelease, npmPackage } from './folder.ts';
import { aRegistry, PLANTED } from './planted.ts';

interface Job {
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly script: readonly string[];
  readonly artifacts: { readonly reports: { readonly junit: string } };
}

/** GitLab replaces the inputs in the text after the header, and then reads it as YAML. */
function jobOf(given: Readonly<Record<string, string>>): Job {
  const [header = '', body = ''] = readFileSync(join(ROOT, 'templates', 'check.yml'), 'utf8').split(
    '\n---\n',
  );
  const { inputs }: { inputs: Record<string, { default: string }> } = parse(header).spec;
  const text = body.replace(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name: string) => {
    const input = inputs[name];
    if (input === undefined) throw new Error(`the component has no input ${name}`);
    return given[name] ?? input.default;
  });
  const jobs: Job[] = Object.values(parse(text));
  if (jobs.length !== 1) throw new Error('the component has one job');
  return jobs[0]!;
}

const local = { package: npmPackage(await aRelease(t)) };

/** In the shell of a small image, as a runner does. */
async function run(job: Job, cwd: string, given: object = {}): Promise<number | undefined> {
  const env = { ...job.variables, ...given, NODE_OPTIONS: '' };
  const { exitCode } = await execa('sh', ['-ec', job.script.join('\n')], {
    cwd,
    env,
    reject: false,
    stdin: 'ignore',
  });
  return exitCode;
}

t.test('the job reports a placeholder as a failed test case', async (t) => {
  const template = readFileSync(join(ROOT, 'docs', 'demo', 'template.yaml'), 'utf8');
  const workspace = t.testdir({ k8s: { 'template.yaml': template } });
  const job = jobOf({ ...local, paths: 'k8s' });
  t.equal(await run(job, workspace), 1);
  t.match(readFileSync(join(workspace, job.artifacts.reports.junit), 'utf8'), /<failure/);
});

t.test('the job takes a baseline and the action that fails', async (t) => {
  const template = readFileSync(join(ROOT, 'docs', 'demo', 'template.yaml'), 'utf8');
  const workspace = t.testdir({ k8s: { 'template.yaml': template } });
  t.equal(await run(jobOf({ ...local, paths: 'k8s', 'fail-on': 'Never' }), workspace), 0);
  t.equal(await run(jobOf({ ...local, paths: 'k8s', args: '--write-baseline=a.json' }), workspace), 0);
  t.equal(await run(jobOf({ ...local, paths: 'k8s', baseline: 'a.json' }), workspace), 0);
  t.equal(await run(jobOf({ ...local, paths: 'k8s', baseline: 'absent.json' }), workspace), 2);
});

t.test('the job passes for a clean folder, and takes further arguments', async (t) => {
  const secret = readFileSync(join(ROOT, 'docs', 'demo', 'secret.yaml'), 'utf8');
  const workspace = t.testdir({ 'secret.yaml': secret });
  t.equal(await run(jobOf({ ...local, args: '-n shop' }), workspace), 0);
});

t.test('a checkout replaces neither the checker nor its configuration', async (t) => {
  const npm_config_registry = await aRegistry(t, local.package);
  const template = readFileSync(join(ROOT, 'docs', 'demo', 'template.yaml'), 'utf8');
  for (const given of [{}, local]) {
    const workspace = t.testdir({ ...PLANTED, k8s: { 'template.yaml': template } });
    t.equal(await run(jobOf({ ...given, paths: 'k8s' }), workspace, { npm_config_registry }), 1);
    t.match(readFileSync(join(workspace, 'lockstep.xml'), 'utf8'), /<failure/);
    t.notOk(existsSync(join(workspace, 'pwned')));
  }
});
