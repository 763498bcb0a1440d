import { readFileSync } from 'node:fs';
import { hitsNone } from '../../helpers/engine/no-placeholder-hits.ts';
import { seededRandom } from '../../helpers/engine/seeded-random.ts';

const { between, pick, times } = seededRandom(20_260_401);
const WORDS = readFileSync(new URL('../../data/passphrase-words.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\s+/);
const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);

function passphrase(separator: string): string {
  const words = times(between(4, 8), () => pick(WORDS));
  const style = between(0, 3);
  if (style === 1) words[0] = capital(words[0]!);
  const spelled = style === 2 ? words.map(capital) : words;
  const number = between(0, 2) === 0 ? [String(between(0, 99))] : [];
  return [...spelled, ...number].join(separator) + (between(0, 5) === 0 ? '!' : '');
}

for (const separator of ['-', ' ', '.', '_', ''])
  hitsNone(`words with '${separator}' between`, () => passphrase(separator));
