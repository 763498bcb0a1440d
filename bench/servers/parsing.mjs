import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';

/** An empty webhook: parses the body, and allows the request. */
const [folder = '', port] = process.argv.slice(2);

createServer(
  {
    cert: readFileSync(join(folder, 'tls.crt')),
    key: readFileSync(join(folder, 'tls.key')),
    ALPNProtocols: ['http/1.1'],
    keepAliveTimeout: 100_000,
  },
  (incoming, response) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { kind, apiVersion, request } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ kind, apiVersion, response: { uid: request.uid, allowed: true } }));
    });
  },
).listen(Number(port), '127.0.0.1', () => process.stderr.write('listening\n'));
