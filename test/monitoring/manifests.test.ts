import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { kustomize, type Loose, pick } from '../helpers/cluster/kustomize.ts';
import { panels, rulesOf } from '../helpers/pages/monitoring.ts';
import { anchorsOf, ROOT, readPage } from '../helpers/pages/pages.ts';
import { readPromql } from '../helpers/pages/promql.ts';

const built = await kustomize('manifests/monitoring');
const base = await kustomize('manifests');

t.test('each ServiceMonitor finds the port that serves metrics of its pods, and no other', async (t) => {
  for (const name of ['lockstep-webhook', 'lockstep-controller']) {
    const { spec } = pick(built, 'ServiceMonitor', name);
    const services = base.filter(({ kind, metadata }) => {
      if (kind !== 'Service') return false;
      return Object.entries(spec.selector.matchLabels).every(
        ([key, value]) => metadata.labels?.[key] === value,
      );
    });
    const ports = services.flatMap(({ metadata, spec: { ports } }) =>
      ports
        .filter(({ name }: Loose) => spec.endpoints.some(({ port }: Loose) => port === name))
        .map(({ port }: Loose) => [metadata.name, port]),
    );
    t.same(ports, [[`${name}-metrics`, 9090]]);
  }
});

t.test('the dashboard is in a ConfigMap that Grafana looks for, and its figures come first', async (t) => {
  const { metadata, data } = pick(built, 'ConfigMap', 'lockstep-dashboard');
  t.equal(metadata.labels.grafana_dashboard, '1');
  t.equal(metadata.namespace, 'lockstep-system');
  const all: Loose[] = JSON.parse(data['lockstep.json']).panels;
  t.equal(new Set(all.map(({ id }) => id)).size, all.length, 'each panel has an id of its own');
  t.same(
    all
      .filter(({ type }) => type !== 'row')
      .slice(0, 4)
      .map(({ title }) => title),
    ['Deployments that succeed', 'Secret failures', 'Time to fix, median', 'Manual interventions'],
  );
});

t.test('a legend names labels that the query keeps', async (t) => {
  for (const { title, targets = [] } of await panels()) {
    for (const { expr, legendFormat } of targets) {
      const { grouped } = readPromql(expr);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        t.ok(grouped.includes(label) || (grouped.length === 0 && label === 'pod'), `${title}: ${label}`);
    }
  }
});

t.test('each alert says what is wrong, and one command', async (t) => {
  for (const { alert = '', annotations } of await rulesOf('alerts')) {
    const { summary = '', description = '' } = annotations ?? {};
    t.ok(summary, alert);
    t.equal(description.match(/[:?] (?:kubectl|lockstep) [-\w]/g)?.length, 1, alert);
  }
});

t.test('each alert leads to a place that tells what to do', async (t) => {
  const docs = 'https://github.com/lockstep-dev/lockstep/blob/main/docs/';
  for (const { alert = '', annotations } of await rulesOf('alerts')) {
    const { runbook_url = '' } = annotations ?? {};
    t.ok(runbook_url.startsWith(docs), alert);
    const [page = '', anchor = ''] = runbook_url.slice(docs.length).split('#');
    t.ok(anchorsOf(await readPage(`docs/${page}`)).includes(anchor), `${alert}: ${runbook_url}`);
  }
});

t.test('promtool is told of each alert when it speaks, and when it does not', async (t) => {
  const { tests } = parse(await readFile(join(ROOT, 'test', 'monitoring', 'alerts.test.yaml'), 'utf8'));
  const asked = tests.flatMap(({ promql_expr_test = [] }: Loose) => promql_expr_test);
  for (const { alert } of await rulesOf('alerts')) {
    const about = asked.filter(({ expr }: Loose) => expr.includes(`alertname="${alert}"`));
    t.ok(
      about.some(({ exp_samples }: Loose) => exp_samples.length > 0),
      `${alert} speaks`,
    );
    t.ok(
      about.some(({ exp_samples }: Loose) => exp_samples.length === 0),
      `${alert} is silent`,
    );
  }
});

t.test(
  'docs/reference/metrics.md has every alert with its severities and pauses, and no other',
  async (t) => {
    const page = await readPage('docs/reference/metrics.md');
    const rows = page.matchAll(/^\| \[(Lockstep\w+)\]\(\S+\) \| ([^|]*) \| ([^|]*) \|$/gm);
    const reported = [...rows].map(([, alert, severities, pauses]) => ({ alert, severities, pauses }));
    const byName = Map.groupBy(await rulesOf('alerts'), ({ alert }) => alert);
    const ruled = [...byName].map(([alert, rules]) => ({
      alert,
      severities: rules.map(({ labels }) => labels?.severity).join(', '),
      pauses: rules.map(({ for: pause }) => spelled(pause)).join(', '),
    }));
    t.same(reported, ruled);
  },
);

function spelled(pause: string | undefined): string {
  return pause === undefined ? 'at once' : pause.replace(/m$/, ' min').replace(/h$/, ' h');
}
