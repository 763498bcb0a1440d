import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fingerprint } from '../src/engine/placeholder/published.ts';

/** Passwords whose bare digests get pasted as if they were random. The empty one is what a failed pipe leaves. */
const DIGESTED = [
  '',
  '\n',
  'password',
  '123456',
  '12345678',
  '1234',
  'admin',
  'admin123',
  'secret',
  'test',
  'changeme',
  'root',
  'postgres',
].concat([
  'hello',
  'hello world',
  'qwerty',
  'letmein',
  'foo',
  'bar',
  'foobar',
  'guest',
  'user',
  'password123',
  'abc123',
  'pass',
  'demo',
]);

const VALUES = fileURLToPath(new URL('../test/data/published-values.json', import.meta.url));
const TARGET = fileURLToPath(new URL('../src/engine/placeholder/published-hashes.ts', import.meta.url));
const PER_LINE = 6;

/** The source of published-hashes.ts. The plain values stay in the test data, where scanners and readers take them for what they are. */
export function publishedHashes(): string {
  const plain: Record<string, string[]> = JSON.parse(readFileSync(VALUES, 'utf8'));
  const digests = DIGESTED.flatMap((text) =>
    ['md5', 'sha1', 'sha256'].map((algorithm) => createHash(algorithm).update(text).digest('hex')),
  );
  const prints = [...new Set([...Object.values(plain).flat(), ...digests].map(fingerprint))].sort();
  const lines: string[] = [];
  for (let at = 0; at < prints.length; at += PER_LINE) lines.push(prints.slice(at, at + PER_LINE).join(' '));
  return `/** Made by scripts/published-hashes.ts from test/data/published-values.json. */
export const PUBLISHED: ReadonlySet<string> = new Set(
  \`
${lines.join('\n')}
\`
    .trim()
    .split(/\\s+/),
);
`;
}

if (import.meta.main) writeFileSync(TARGET, publishedHashes());
