import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { AUDIT_FORMATS } from '../../../src/report/audit/audit-formats.ts';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';
import { ROOT, start } from '../../helpers/cluster/lockstep.ts';

const SECRET = {
  metadata: { namespace: 'shop', name: 'app' },
  type: 'Opaque',
  data: { JWT_SECRET: Buffer.from('CHANGE_ME').toString('base64') },
};

t.test('the release writes each form of report', async (t) => {
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    const isKnown = ['/api/v1/secrets', '/api/v1/namespaces'].includes(pathname);
    if (!isKnown) answerJson(response, aStatus(404, 'no such resource'), 404);
    else answerJson(response, aPage(pathname.endsWith('secrets') ? [SECRET] : []));
  });
  const release = join(ROOT, 'dist', 'lockstep.js');
  for (const format of AUDIT_FORMATS) {
    const args = [release, 'audit', '--kubeconfig', kubeconfig, '--format', format];
    const { exited, stdout, stderr } = start(t, { file: process.execPath, args });
    t.ok([1, 2].includes(Number(await exited)), `${format}: ${stderr()}`);
    t.match(stdout(), /placeholder/, format);
    t.notMatch(stderr(), /ended by an error of its own/, format);
  }
});
