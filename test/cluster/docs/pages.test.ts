import { join } from 'node:path';
import t from 'tap';
import { aPageClusterWithLockstep } from '../../helpers/pages/page-cluster.ts';
import { aPageShell, runBlock } from '../../helpers/pages/page-shell.ts';
import { type Block, blocksOf, pages, readPage } from '../../helpers/pages/pages.ts';

// Each page has a cluster of its own. Milliseconds.
t.setTimeout(15 * 60 * 1000);
// While one waits for its Deployments, the other one goes on.
t.jobs = 2;

// The commands of each page are run as they stand: how they are marked says test/helpers/pages/pages.ts.
for (const page of await pages()) {
  // readme.test.ts runs it.
  if (page === 'README.md') continue;
  const blocks = blocksOf(await readPage(page)).filter(({ markers }) => !markers.has('not run'));
  if (!blocks.some(isTyped)) continue;
  t.test(`${page} does what it says`, { buffered: true }, async (t) => {
    const shell = blocks.some(asksCluster)
      ? await aPageClusterWithLockstep(
          t,
          blocks.some(waitsForController) ? ['webhook', 'controller'] : undefined,
        )
      : await aPageShell(join(t.testdir(), 'clone'), '/dev/null');
    for (const block of blocks) await t.test(`${page}:${block.line}`, (t) => runBlock(t, shell, block));
  });
}

function isTyped({ language }: Block): boolean {
  return language === 'sh' || language === 'console';
}

function waitsForController({ text, markers }: Block): boolean {
  return `${text}${markers.get('before') ?? ''}`.includes('rollout status deployment/lockstep-controller');
}

function asksCluster({ text, markers }: Block): boolean {
  return /\b(?:kubectl|lockstep (?:audit|doctor|probe))\b/.test(`${text}${markers.get('before') ?? ''}`);
}
