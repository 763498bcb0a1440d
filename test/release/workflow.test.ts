import { readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { parse } from 'yaml';
import { VERSION } from '../../scripts/release/project.ts';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { aRelease } from './folder.ts';

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly name?: string; readonly run?: string }[] }>
  >;
}

const workflow: Workflow = parse(readFileSync(join(ROOT, '.github', 'workflows', 'release.yml'), 'utf8'));

/** The script of the step with that name, in any job of the release workflow. */
function scriptOf(name: string): string {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const script = steps.find((step) => step.name === name)?.run;
  if (script === undefined) throw new Error(`release.yml has no step ${name}`);
  return script;
}

t.test('npm publishes the packed file, without a look at Git or another package', async (t) => {
  const workspace = t.testdir();
  symlinkSync(await aRelease(t), join(workspace, 'release'));
  const { exitCode, all } = await execa(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', scriptOf('Publish the npm package')],
    {
      cwd: workspace,
      env: {
        ...{ VERSION, NODE_OPTIONS: '', PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
        // Nothing is sent, and only GitHub can make a provenance.
        ...{
          npm_config_dry_run: 'true',
          npm_config_registry: 'http://127.0.0.1:9',
          npm_config_fetch_retries: '0',
        },
      },
      all: true,
      reject: false,
      stdin: 'ignore',
    },
  );
  t.equal(exitCode, 0, all);
  t.match(all, `+ lockstep@${VERSION}`);
});
