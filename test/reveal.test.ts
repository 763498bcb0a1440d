import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Where bytes of a value are written; nothing else may take one out of its Sensitive. */
const WAYS_OUT = [
  'admission/review/patch.ts',
  'kube/record/values.ts',
  'kube/secrets/derived-secrets.ts',
  'kube/secrets/stored-secrets.ts',
  'kube/webhooks/ca-secret.ts',
  'kube/webhooks/tls-secret.ts',
  'manifest/edit/locate.ts',
  'manifest/write/secret-manifest.ts',
  'postgres/protocol/password.ts',
  'redis/login.ts',
  'redis/user-server.ts',
  'tls/files.ts',
];

t.test('a value leaves its Sensitive only where bytes are written', async (t) => {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const revealing: string[] = [];
  for (const file of files) {
    const text = await readFile(join(SRC, file), 'utf8');
    if (text.includes('.reveal()')) revealing.push(relative(SRC, join(SRC, file)));
  }
  t.same(revealing.sort(), WAYS_OUT);
});
