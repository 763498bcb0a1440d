import t from 'tap';
import { REPORT_APIS } from '../../../src/engine/secret/finding/report-apis.ts';
import { aFinding, anAudited } from '../../helpers/commands/audited.ts';
import { HEADER, writtenReport } from '../../helpers/report/audited-cluster.ts';
import { hostileAudit } from '../../helpers/report/hostile-audit.ts';

t.test('prints a List with one report for each namespace with findings', async (t) => {
  const audited = [
    anAudited({ findings: [aFinding({ action: 'Warn' }), aFinding()] }),
    anAudited({ ref: 'shop/other', findings: [aFinding({ action: 'Audit' })] }),
    anAudited({ ref: 'clean/app' }),
    anAudited({ ref: 'web/app', findings: [aFinding()] }),
  ];
  for (const reportApi of REPORT_APIS) {
    const { apiVersion, kind, fields } = reportApi;
    const list = JSON.parse(await writtenReport('report', audited, {}, { ...HEADER, reportApi }));
    t.match(list, { apiVersion: 'v1', kind: 'List' });
    t.equal(list.items.length, 2);
    t.match(list.items[0], {
      apiVersion,
      kind,
      ...fields,
      metadata: { name: 'lockstep-audit', namespace: 'shop' },
      summary: { pass: 0, fail: 1, warn: 2, error: 0, skip: 0 },
      results: [
        { result: 'fail', resources: [{ kind: 'Secret', namespace: 'shop', name: 'app' }] },
        { result: 'warn' },
        { result: 'warn', resources: [{ name: 'other' }] },
      ],
    });
    t.equal(list.items[1].metadata.namespace, 'web');
  }
});

t.test('prints an empty List without findings', async (t) => {
  t.same(JSON.parse(await writtenReport('report', [anAudited()])).items, []);
});

t.test('keeps the strongest findings of a large namespace, and counts all', async (t) => {
  const audited = Array.from({ length: 3000 }, (_, place) =>
    anAudited({
      ref: `shop/${place}`,
      findings: [aFinding({ action: place % 100 === 0 ? 'Enforce' : 'Warn' })],
    }),
  );
  const [{ summary, results }] = JSON.parse(await writtenReport('report', audited)).items;
  t.match(summary, { fail: 30, warn: 2970 });
  t.equal(results.length, 250);
  t.equal(results.filter(({ result }: { result: string }) => result === 'fail').length, 30);
});

t.test('is valid JSON with foreign texts', async (t) => {
  const { audited, report, header } = hostileAudit();
  const text = await writtenReport('report', audited, report, header);
  t.equal(JSON.parse(text).items.length, audited.length);
  t.notMatch(text.replaceAll('\n', ''), /[\u0000-\u001f]/);
});
