import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beginning, fingerprint } from '../src/engine/placeholder/published.ts';

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

/** The source of published-hashes.ts. The plain values stay in the test data, where scanners and readers take them for what they are. */
export function publishedHashes(): string {
  const plain: Record<string, string[]> = JSON.parse(readFileSync(VALUES, 'utf8'));
  const digests = DIGESTED.flatMap((text) =>
    ['md5', 'sha1', 'sha256'].map((algorithm) => createHash(algorithm).update(text).digest('hex')),
  );
  const values = [...Object.values(plain).flat(), ...digests];
  const prints = [...new Set(values.map(fingerprint))].sort();
  // A judged value has no blank at its ends.
  const beginnings = [...new Set(values.map((value) => beginning(value.trim())))].sort();
  if (beginnings.some((text) => /[\s`\\]|\$\{/.test(text)))
    throw new Error('a beginning has no spelling in a list');
  return `/** Made by scripts/published-hashes.ts from test/data/published-values.json. */
export const PUBLISHED: ReadonlySet<string> = new Set(
  \`
${inLines(prints, 6)}
\`
    .trim()
    .split(/\\s+/),
);

/** Lengths and first three characters of the same values. */
export const BEGINNINGS: ReadonlySet<string> = new Set(
  \`
${inLines(beginnings, 20)}
\`
    .trim()
    .split(/\\s+/),
);
`;
}

function inLines(items: readonly string[], perLine: number): string {
  const lines: string[] = [];
  for (let at = 0; at < items.length; at += perLine) lines.push(items.slice(at, at + perLine).join(' '));
  return lines.join('\n');
}

if (import.meta.main) writeFileSync(TARGET, publishedHashes());
