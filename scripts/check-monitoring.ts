/**
 * `npm run check:monitoring`: promtool reads the rules of manifests/monitoring, runs test/monitoring on them, and reads
 * the scrape job of docs/reference/metrics.md.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { blocksOf, readPage } from '../test/helpers/pages/pages.ts';
import { buildBinaries } from '../test/testbed/binaries.ts';

const ROOT = dirname(import.meta.dirname);
const RULES = ['figures', 'alerts'];

/**
 * promtool knows files of groups; a PrometheusRule holds them under `spec`. The tests name them `figures.yaml` and
 * `alerts.yaml`.
 */
async function prepare(folder: string): Promise<void> {
  await cp(join(ROOT, 'test', 'monitoring'), folder, { recursive: true });
  for (const name of RULES) {
    const { kind, spec } = parse(
      await readFile(join(ROOT, 'manifests', 'monitoring', `${name}.yaml`), 'utf8'),
    );
    if (kind !== 'PrometheusRule') throw new Error(`manifests/monitoring/${name}.yaml is no PrometheusRule`);
    await writeFile(join(folder, `${name}.yaml`), JSON.stringify(spec));
  }
  const job = blocksOf(await readPage('docs/reference/metrics.md')).find(
    ({ language }) => language === 'yaml',
  );
  if (job === undefined) throw new Error('docs/reference/metrics.md has no scrape job');
  await writeFile(join(folder, 'prometheus.yml'), job.text);
}

async function run(promtool: string, folder: string, args: readonly string[]): Promise<boolean> {
  const { exitCode } = await execa(promtool, args, { cwd: folder, stdio: 'inherit', reject: false });
  return exitCode === 0;
}

const { promtool } = await buildBinaries(['promtool']);
const folder = await mkdtemp(join(tmpdir(), 'lockstep-monitoring-'));
try {
  await prepare(folder);
  const tests = (await readdir(folder)).filter((name) => name.endsWith('.test.yaml'));
  const read = await run(promtool, folder, ['check', 'rules', ...RULES.map((name) => `${name}.yaml`)]);
  const held = await run(promtool, folder, ['test', 'rules', ...tests]);
  const scraped = await run(promtool, folder, ['check', 'config', '--syntax-only', 'prometheus.yml']);
  if (!read || !held || !scraped) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
