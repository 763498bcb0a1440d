import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { VERSION } from '../../scripts/release/project.ts';

const PWNED = "require('node:fs').writeFileSync('pwned', '')";

/** The files of a checkout that try to replace lockstep, or to run code beside it, by every file that npm or Node reads. */
export const PLANTED = {
  node_modules: {
    lockstep: {
      'package.json': JSON.stringify({ name: 'lockstep', version: VERSION, bin: 'dist/lockstep.js' }),
      dist: { 'lockstep.js': `#!/usr/bin/env node\n${PWNED}\n` },
    },
    '.bin': { lockstep: `#!/bin/sh\ntouch pwned\n`, node: '#!/bin/sh\ntouch pwned\n' },
  },
  '.npmrc': [
    'node-options=--require ./planted.cjs',
    'registry=http://127.0.0.1:9/',
    'script-shell=./planted.sh',
    'prefix=.',
    'cache=./npm-cache',
    '',
  ].join('\n'),
  'planted.cjs': `${PWNED}\n`,
  'planted.sh': 'touch pwned\n',
  'package.json': JSON.stringify({
    name: 'shop',
    workspaces: ['node_modules/*'],
    dependencies: { lockstep: 'file:node_modules/lockstep' },
    overrides: { lockstep: 'file:node_modules/lockstep' },
    scripts: { preinstall: 'touch pwned' },
  }),
  '.node-version': '0.10.0\n',
} as const;

/** A registry with this release only. Returns its address. */
export async function aRegistry(t: Test, packed: string): Promise<string> {
  const bytes = readFileSync(packed);
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const server = createServer(({ url }, response) => {
    if (url === '/lockstep.tgz') return response.end(bytes);
    const { port } = server.address() as AddressInfo;
    const dist = { tarball: `http://127.0.0.1:${port}/lockstep.tgz`, integrity };
    const versions = { [VERSION]: { name: 'lockstep', version: VERSION, dist } };
    return response.end(JSON.stringify({ name: 'lockstep', 'dist-tags': { latest: VERSION }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
