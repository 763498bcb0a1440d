import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { aClusterWithLockstep } from '../helpers/cluster.ts';
import { aPageShell, type PageShell } from '../helpers/page-shell.ts';
import { type Block, blocksOf, pages, readPage, trimmed, turnsOf } from '../helpers/pages.ts';
import { pinService } from '../helpers/pin-service.ts';

// The commands of each page are run as they stand: how they are marked says test/helpers/pages.ts.
for (const page of await pages()) {
  const blocks = blocksOf(await readPage(page)).filter(({ markers }) => !markers.has('not run'));
  if (!blocks.some(isTyped)) continue;
  t.test(`${page} does what it says`, async (t) => {
    const shell = blocks.some(asksCluster)
      ? await aShellOnACluster(t)
      : await aPageShell(join(t.testdir(), 'clone'), '/dev/null');
    for (const block of blocks) await t.test(`${page}:${block.line}`, (t) => runBlock(t, shell, block));
  });
}

function isTyped({ language }: Block): boolean {
  return language === 'sh' || language === 'console';
}

function asksCluster({ text, markers }: Block): boolean {
  return /\b(?:kubectl|lockstep (?:audit|probe))\b/.test(`${text}${markers.get('before')}`);
}

async function runBlock(t: Test, shell: PageShell, block: Block): Promise<void> {
  const { language, text, markers } = block;
  const before = markers.get('before');
  if (before !== undefined) {
    const { exitCode, output } = await shell.run(before);
    t.equal(exitCode, 0, output);
  }
  const file = markers.get('file');
  if (file !== undefined) writeFileSync(join(shell.dir, file), text);
  if (language === 'console') await play(t, shell, block);
  if (language === 'sh') await typeIn(t, shell, block);
}

/** What is printed must be what the page shows. */
async function play(t: Test, shell: PageShell, block: Block): Promise<void> {
  for (const { command, output } of turnsOf(block)) {
    t.equal(trimmed((await shell.run(command)).output), output, command);
  }
}

async function typeIn(t: Test, shell: PageShell, { text, markers }: Block): Promise<void> {
  const refused = markers.get('refused');
  const { exitCode, output } = await shell.run(text);
  if (refused === undefined) {
    t.equal(exitCode, 0, output);
    return;
  }
  t.not(exitCode, 0);
  t.ok(output.includes(refused), output);
}

async function aShellOnACluster(t: Test): Promise<PageShell> {
  const { cluster, lockstep } = await aClusterWithLockstep(t, { controllers: true, nodes: 1 });
  const shell = await aPageShell(join(cluster.dir, 'clone'), cluster.kubeconfig);
  pinService(join(shell.dir, 'manifests'), lockstep);
  return shell;
}
