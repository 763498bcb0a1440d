import { fold } from './vocabulary/vocabulary.ts';

/** Rows, columns and pads of keyboards (qwerty, azerty, qwertz, йцукен), and the orders everybody knows. Each is read both ways. */
const LINES = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyzabc',
  '0123456789abcdef0123456789abcdef',
  'абвгдежзийклмнопрстуфхцчшщъыьэюя',
  '`1234567890-=',
  '~!@#$%^&*()_+',
  '!"§$%&/()=?',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'qwertzuiopu',
  'yxcvbnm',
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'zaq1xsw2cde3vfr4bgt5nhy6mju7',
  'zaqxswcdevfrbgtnhymju',
  'qazxswedcvfrtgbnhyujm',
  '1qazxsw23edcvfr45tgbnhy6',
  '!qaz@wsx#edc$rfv%tgb^yhn',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1a2b3c4d5e6f7g8h9i0j',
  'a1b2c3d4e5f6g7h8i9j0',
  '1a2s3d4f5g6h7j8k9l',
  'a1s2d3f4g5h6j7k8l9',
  '1z2x3c4v5b6n7m',
  '147258369',
  '741852963',
  '789456123',
  '159753',
  '951357',
  '135792468',
  '1357924680',
  '2468013579',
  'qweasdzxc',
  'qweasdzxcrtyfghvbn',
  '123qweasdzxc',
  'qwe123asd456zxc789',
  'qwaszx',
];

const READINGS = LINES.flatMap((line) => [line, [...line].reverse().join('')]).map(fold);
const SHORTEST_STEP = 3;

/** Steps of three that begin a walk, and where: the first look is one lookup, and nearly every value ends there. */
const STARTS = new Map<string, (readonly [line: string, at: number])[]>();
for (const line of READINGS) {
  for (let at = 0; at + SHORTEST_STEP <= line.length; at++) {
    const step = line.slice(at, at + SHORTEST_STEP);
    const starts = STARTS.get(step);
    if (starts === undefined) STARTS.set(step, [[line, at]]);
    else starts.push([line, at]);
  }
}

/** Letters and digits that people set behind a walk to satisfy a rule: `qwerty1`, `12345a`. */
const LOOSE_END = 1;

/** The folded text is nothing but steps along those lines: `qwerty`, `abc123`, `1q2w3e4r`, `0123456789abcdef`. */
export function walks(text: string): boolean {
  if (text.length < SHORTEST_STEP || longestStep(text, 0) < SHORTEST_STEP) return false;
  let at = 0;
  let steps = 0;
  while (at < text.length) {
    const step = longestStep(text, at);
    if (step < SHORTEST_STEP) return at >= 5 && text.length - at <= LOOSE_END && at >= steps * STEP_OF_LONG;
    at += step;
    steps++;
  }
  return text.length < LONG || text.length >= steps * STEP_OF_LONG;
}

/** Steps of three fill sixteen random digits once in some ten thousand; where a text is long, they must be longer. */
const LONG = 12;
const STEP_OF_LONG = 4;

function longestStep(text: string, at: number): number {
  let longest = repeats(text, at);
  for (const [line, start] of STARTS.get(text.slice(at, at + SHORTEST_STEP)) ?? []) {
    let step = SHORTEST_STEP;
    while (at + step < text.length && text[at + step] === line[start + step]) step++;
    longest = Math.max(longest, step);
  }
  return longest;
}

function repeats(text: string, at: number): number {
  let step = 1;
  while (text[at + step] === text[at]) step++;
  return step;
}
