import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Test } from 'tap';

export interface OpenedReport {
  readonly page: Page;
  /** Messages of the console, errors, and requests for anything but the file. */
  readonly complaints: readonly string[];
  /** From the start of the navigation to the first page of findings, in milliseconds. */
  readonly openedIn: number;
}

/** Opens the report as a person does: as a file. */
export async function openReport(
  t: Test,
  browser: Browser,
  html: string,
  options: BrowserContextOptions = {},
): Promise<OpenedReport> {
  const file = join(t.testdir({}), 'report.html');
  writeFileSync(file, html);
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  t.teardown(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address) complaints.push(`requests ${request.url()}`);
  });
  await page.goto(address);
  await page.locator('footer').waitFor();
  const openedIn = Number(await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"));
  return { page, complaints, openedIn };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The rules that axe finds broken, with the first element of each. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  const { readFileSync } = await import('node:fs');
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(
    (): Promise<axe.AxeResults> =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }),
  );
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
  );
}
