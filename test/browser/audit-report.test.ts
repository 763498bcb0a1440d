import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../helpers/browser/chromium.ts';
import { axeViolations, openReport } from '../helpers/browser/open-report.ts';
import { auditedCluster, writtenReport } from '../helpers/report/audited-cluster.ts';
import { HOSTILE_TEXTS, hostileAudit } from '../helpers/report/hostile-audit.ts';

const browser = await launchChromium();
t.teardown(() => browser.close());

/** For people to look at. Git ignores the folder. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
mkdirSync(SCREENSHOTS, { recursive: true });
const screenshot = (name: string) => ({ path: join(SCREENSHOTS, `${name}.png`) });

const objects = [
  {
    kind: 'Deployment',
    namespace: 'shop-1',
    name: 'api',
    findings: [
      {
        rule: 'missing-reference' as const,
        key: 'TOKEN',
        message: 'the Secret token does not exist, and the variable TOKEN reads it',
        fix: 'create it, or remove the reference',
      },
    ],
  },
];
const references = { objects, made: [{ secret: 'shop-1/db-app', maker: 'Cluster db' }], unread: [] };
const REPORT = await writtenReport('html', auditedCluster({ secrets: 640, namespaces: 24, faulty: 18 }), {
  references,
});
const PAGES: Readonly<Record<string, string>> = {
  report: REPORT,
  clean: await writtenReport('html', auditedCluster({ secrets: 0, namespaces: 1, faulty: 0 })),
  incomplete: await writtenReport('html', auditedCluster({ secrets: 40, namespaces: 4, faulty: 50 }), {
    errors: ['this user may not list secrets in all namespaces'],
    isMixed: true,
    maxAction: 'Enforce' as const,
  }),
  counts: await writtenReport('html', auditedCluster({ secrets: 40, namespaces: 4, faulty: 50 }), {
    isSummary: true,
  }),
};

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`axe finds nothing, and nothing is loaded, in ${colorScheme}`, async (t) => {
    for (const [name, html] of Object.entries(PAGES)) {
      const { page, complaints } = await openReport(t, browser, html, { colorScheme });
      t.same(await axeViolations(page), [], name);
      t.same(complaints, [], name);
      await page.screenshot(screenshot(`${name}-${colorScheme}`));
      if (name !== 'report') continue;
      await page.screenshot({ ...screenshot(`${name}-${colorScheme}-whole`), fullPage: true });
    }
  });
}

t.test('fits a narrow screen, with every theme', async (t) => {
  const { page, complaints } = await openReport(t, browser, REPORT, {
    viewport: { width: 360, height: 800 },
  });
  const width = await page.evaluate(`document.documentElement.scrollWidth`);
  t.equal(width, 360);
  t.same(await axeViolations(page), []);
  await page.screenshot(screenshot('report-narrow'));
  const background = () => page.evaluate(`getComputedStyle(document.body).backgroundColor`);
  const light = await background();
  await page.getByRole('button', { name: 'Theme: system' }).click();
  t.equal(await background(), light);
  await page.getByRole('button', { name: 'Theme: light' }).click();
  t.not(await background(), light);
  t.same(await axeViolations(page), [], 'dark by choice');
  t.same(complaints, []);
});

t.test('works with the keyboard alone', async (t) => {
  const { page } = await openReport(t, browser, REPORT);
  const focused = () => page.evaluate(`document.activeElement?.textContent ?? ''`);
  const status = () => page.locator('#status').textContent();
  await page.keyboard.press('Tab');
  t.equal(await focused(), 'Skip to the findings');
  await page.keyboard.press('/');
  t.equal(await page.evaluate(`document.activeElement?.id`), 'search');
  t.equal(await status(), '1 to 50 of 110 results');
  await page.keyboard.type('JWT_SECRET shop-1');
  await page.locator('#status', { hasText: 'in the report' }).waitFor();
  for (const name of await page.locator('.results h3').allTextContents()) t.match(name, /^shop-1\//);
  t.match(decodeURIComponent(page.url()), '#search=JWT_SECRET+shop-1');
  await page.keyboard.press('Tab');
  await page.keyboard.type('would be denied');
  await page.waitForURL(/outcome=denied/);

  await page.locator('#reset').focus();
  await page.keyboard.press('Enter');
  t.equal(await status(), '1 to 50 of 110 results');
  await page.getByRole('button', { name: 'Next' }).focus();
  await page.keyboard.press('Enter');
  t.equal(await status(), '51 to 100 of 110 results');
  t.equal(await focused(), 'Findings');
});

t.test('shows the findings of a card, of a cell of the map, and of a policy', async (t) => {
  const { page } = await openReport(t, browser, REPORT);
  const names = () => page.locator('.results h3').allTextContents();
  const count = Number(await page.locator('.card.tone-denied .card-count').textContent());
  await page.locator('.card.tone-denied button').click();
  t.match(await page.locator('#status').textContent(), ` of ${count} results`);

  const cell = page.getByRole('button', { name: /^\d+ in shop-2: placeholder$/ });
  const inCell = Number(await cell.textContent());
  await cell.focus();
  await page.keyboard.press('Space');
  t.equal((await names()).length, inCell);
  for (const name of await names()) t.match(name, /^shop-2\//);
  t.equal(await page.evaluate(`document.activeElement?.id`), 'findings-title');

  await page.getByRole('button', { name: 'payments' }).click();
  t.equal(await page.locator('#policy').inputValue(), 'payments');
  await page.locator('.card.tone-objects button').click();
  t.same(await names(), ['Deployment shop-1/api']);
  t.match(await page.locator('.results .fix').textContent(), 'Fix: create it, or remove the reference');
});

t.test('each count of the overview is the number of its findings', async (t) => {
  const { page } = await openReport(t, browser, REPORT);
  for (const outcome of ['denied', 'mutated', 'overdue', 'warned', 'recorded', 'objects']) {
    const card = page.locator(`.card.tone-${outcome}`);
    const count = await card.locator('.card-count').textContent();
    await card.locator('button').click();
    t.match(await page.locator('#status').textContent(), ` of ${count} results`, outcome);
  }
});

t.test('opens an address with a filter', async (t) => {
  const { page } = await openReport(t, browser, REPORT);
  await page.goto(`${page.url().split('#')[0]}#rule=weak&namespace=shop-2`);
  await page.reload();
  t.equal(await page.locator('#rule').inputValue(), 'weak');
  t.ok((await page.locator('.results > li').count()) < 5);
});

t.test('prints the findings, without controls', async (t) => {
  const { page } = await openReport(t, browser, REPORT, { colorScheme: 'dark' });
  await page.evaluate(`addEventListener('beforeprint', () => {
    document.body.dataset.printed = document.querySelectorAll('.results > li').length;
  })`);
  const pdf = await page.pdf();
  t.ok(pdf.length > 10_000);
  t.equal(await page.evaluate(`document.body.dataset.printed`), '110');
  t.equal(await page.locator('.results > li').count(), 50, 'the screen is as before');
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['.bar', '.filters', '.pages', '.skip'])
    t.equal(await page.locator(hidden).isVisible(), false, hidden);
  t.equal(await page.evaluate('getComputedStyle(document.body).color'), 'rgb(23, 26, 33)', 'dark on white');
  await page.screenshot({ ...screenshot('report-print'), fullPage: true });
});

t.test('is readable without a script', async (t) => {
  const { page } = await openReport(t, browser, REPORT, { javaScriptEnabled: false });
  for (const text of ['Secrets would be denied', 'The list needs JavaScript', 'Broken rules'])
    t.equal(await page.getByText(text).first().isVisible(), true, text);
  t.equal(await page.locator('#list').isVisible(), false);
  t.equal(await page.locator('#theme').isVisible(), false);
  t.equal(await page.locator('table.heat .tile').first().isVisible(), true);
});

t.test('shows foreign texts as text, and runs none', async (t) => {
  const { audited, report, header } = hostileAudit();
  const html = await writtenReport('html', audited, report, header);
  const { page, complaints } = await openReport(t, browser, html);
  t.equal(await page.evaluate(`'hacked' in globalThis`), false);
  t.equal(await page.locator('main img, main b b, main script').count(), 0);
  const shown = (await page.locator('.remark-text').allTextContents()).join('\n');
  t.match(shown, HOSTILE_TEXTS[0]);
  t.match(shown, '\\u202etxt.exe');
  t.same(await axeViolations(page), []);
  for (const button of await page.locator('table.heat button').all()) await button.click();
  t.same(complaints, []);
});

t.test('opens 100,000 Secrets', async (t) => {
  for (const [name, faulty] of [
    ['each tenth with a finding', 10],
    ['each with a finding', 100],
  ] as const) {
    const html = await writtenReport('html', auditedCluster({ secrets: 100_000, namespaces: 800, faulty }));
    const { page, openedIn } = await openReport(t, browser, html);
    t.comment(
      `100,000 Secrets, ${name}: ${(html.length / 1e6).toFixed(1)} MB opened in ${(openedIn / 1000).toFixed(2)} s`,
    );
    t.equal(await page.locator('.results > li').count(), 50);
    const last = (await page.locator('.results h3').last().textContent()) ?? '';
    await page.locator('#search').fill(last);
    await page.locator('#status', { hasText: 'in the report' }).waitFor();
    t.same((await page.locator('.results h3').allTextContents()).slice(0, 1), [last]);
  }
});
