/**
 * `npm run check:workflows`: actionlint over .github/workflows and action.yml. Its checks with shellcheck run if
 * shellcheck is installed.
 */
import process from 'node:process';
import { execa } from 'execa';
import { findBinaries } from '../test/testbed/binaries.ts';
import { ROOT } from './release/project.ts';

try {
  const { actionlint } = findBinaries(['actionlint']);
  const { exitCode } = await execa(actionlint, { cwd: ROOT, stdio: 'inherit', reject: false });
  process.exitCode = exitCode ?? 1;
} catch (error) {
  process.stderr.write(`check:workflows: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
