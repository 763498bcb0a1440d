import { existsSync } from 'node:fs';
import process from 'node:process';
import { type Browser, chromium } from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of an installed Chromium. @throws Error, one sentence that says what to install. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.CHROMIUM;
  const path = named === undefined ? PATHS.find(existsSync) : existsSync(named) ? named : undefined;
  if (path !== undefined) return path;
  throw new Error(
    named === undefined
      ? 'Chromium is not installed: on Debian run apt-get install chromium, or set CHROMIUM to its path'
      : `CHROMIUM names ${named}, which does not exist`,
  );
}

/** A sandbox of Chromium needs a user other than root. The pages of these tests are our own. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium(),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
