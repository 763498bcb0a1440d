import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';

/** The least that a webhook in Node can do: receive the body, and answer a fixed text. */
const [folder = '', port] = process.argv.slice(2);
const ANSWER =
  '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"0","allowed":true}}';

createServer(
  {
    cert: readFileSync(join(folder, 'tls.crt')),
    key: readFileSync(join(folder, 'tls.key')),
    ALPNProtocols: ['http/1.1'],
    keepAliveTimeout: 100_000,
  },
  (request, response) => {
    request.on('data', () => {});
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(ANSWER);
    });
  },
).listen(Number(port), '127.0.0.1', () => process.stderr.write('listening\n'));
