import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Cluster, connectAsServiceAccount } from '../../../src/kube/client/connect.ts';
import { createServingFiles } from '../../../src/tls/ca.ts';
import type { ServingFiles } from '../../../src/tls/serving.ts';
import { keyText, servingFiles } from '../../helpers/admission/serving.ts';
import { freePort } from '../../testbed/process/ports.ts';

interface ApiServer {
  readonly port: number;
  /** The authorization header of each call. */
  readonly tokens: (string | undefined)[];
  readonly sockets: () => number;
  readonly setCertificate: (files: ServingFiles) => void;
}

async function anApiServer(t: Test, files: ServingFiles): Promise<ApiServer> {
  const tokens: (string | undefined)[] = [];
  let sockets = 0;
  const pair = ({ cert, ...rest }: ServingFiles) => ({ cert, key: keyText({ cert, ...rest }) });
  const server = createServer(pair(files), (request, response) => {
    tokens.push(request.headers.authorization);
    response.end('{}');
  }).on('secureConnection', () => {
    sockets += 1;
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port,
    tokens,
    sockets: () => sockets,
    setCertificate: (next) => {
      server.setSecureContext(pair(next));
      server.closeAllConnections();
    },
  };
}

/** A pod of which the test writes the files. */
function aPod(t: Test, port: number, files: { token: string; ca: string }) {
  const folder = t.testdir({ token: files.token, 'ca.crt': files.ca });
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  return { folder, cluster: connectAsServiceAccount({ environment, folder }) };
}

const reached = ({ call }: Cluster) => call({ path: '/api/v1/namespaces' });

t.test('sends the token of the pod, and the new one after a rotation, on one socket', async (t) => {
  const files = await servingFiles();
  const server = await anApiServer(t, files);
  const { folder, cluster } = aPod(t, server.port, { token: 'first\n', ca: files.ca });
  await reached(cluster);
  writeFileSync(join(folder, 'token'), 'second');
  await reached(cluster);
  t.same(server.tokens, ['Bearer first', 'Bearer second']);
  t.equal(server.sockets(), 1);
});

t.test('trusts the CA of the pod alone, and the next one after a rotation', async (t) => {
  const [before, after] = [await servingFiles(), await newFiles()];
  const server = await anApiServer(t, before);
  const { folder, cluster } = aPod(t, server.port, { token: 'a', ca: before.ca });
  await reached(cluster);
  server.setCertificate(after);
  await t.rejects(reached(cluster), { code: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/ });
  writeFileSync(join(folder, 'ca.crt'), after.ca);
  await reached(cluster);
  t.equal(server.tokens.length, 2, 'no token for a server that is not known');
});

t.test('fails a call without a token file, and works again when there is one', async (t) => {
  const files = await servingFiles();
  const server = await anApiServer(t, files);
  const { folder, cluster } = aPod(t, server.port, { token: 'a', ca: files.ca });
  rmSync(join(folder, 'token'));
  await t.rejects(reached(cluster), { code: 'ENOENT' });
  writeFileSync(join(folder, 'token'), 'b');
  await reached(cluster);
  t.same(server.tokens, ['Bearer b']);
});

t.test('writes an IPv6 address as a URL does', async (t) => {
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00:10:96::1', KUBERNETES_SERVICE_PORT: '6443' };
  t.equal(
    connectAsServiceAccount({ environment, folder: t.testdir() }).server,
    'https://[fd00:10:96::1]:6443',
  );
});

const newFiles = (): Promise<ServingFiles> => createServingFiles(['127.0.0.1'], { now: new Date(), days: 1 });
