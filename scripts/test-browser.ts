/**
 * `npm run test:browser`: opens the HTML report of `lockstep audit` in a headless Chromium. Without one, a sentence
 * says what to install.
 */
import { dirname } from 'node:path';
import { execa } from 'execa';
import { findChromium } from '../test/helpers/browser/chromium.ts';

try {
  findChromium();
  const { exitCode = 1 } = await execa('tap', ['--jobs=1', 'test/browser/audit-report.test.ts'], {
    cwd: dirname(import.meta.dirname),
    localDir: import.meta.dirname,
    preferLocal: true,
    stdio: 'inherit',
    reject: false,
  });
  process.exitCode = exitCode;
} catch (error) {
  process.stderr.write(`test:browser: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
