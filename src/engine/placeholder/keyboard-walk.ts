/**
 * Rows, columns and pads of keyboards (qwerty, azerty, qwertz, йцукен), and well-known orders. Each is read in both
 * directions. `й` stands here as `и`, as a folded text has it.
 */
const KEYBOARD_LINES = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyzabc',
  '0123456789abcdef0123456789abcdef',
  'абвгдежзииклмнопрстуфхцчшщъыьэюя',
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
  'ицукенгшщзхъ',
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

const WALK_LINES = KEYBOARD_LINES.flatMap((line) => [line, [...line].reverse().join('')]);
const MIN_STEP = 3;

/** One bit for each three characters that may begin a walk. Several share a bit. Nearly every value ends here. */
const beginnings = new Uint32Array(1024);
const bitOf = (a: number, b: number, c: number): number => ((a << 10) ^ (b << 5) ^ c) & (32 * 1024 - 1);

/** A walk begins with these three characters. */
export function beginsWalk(a: number, b: number, c: number): boolean {
  const bit = bitOf(a, b, c);
  if (((beginnings[bit >> 5]! >>> (bit & 31)) & 1) === 0) return false;
  return WALK_STARTS.has(String.fromCharCode(a, b, c));
}

/** Steps of three that begin a keyboard walk, with their position. */
const WALK_STARTS = new Map<string, (readonly [line: string, at: number])[]>();
for (const line of WALK_LINES) {
  for (let at = 0; at + MIN_STEP <= line.length; at++) {
    const step = line.slice(at, at + MIN_STEP);
    const bit = bitOf(line.charCodeAt(at), line.charCodeAt(at + 1), line.charCodeAt(at + 2));
    beginnings[bit >> 5]! |= 1 << (bit & 31);
    const starts = WALK_STARTS.get(step);
    if (starts === undefined) WALK_STARTS.set(step, [[line, at]]);
    else starts.push([line, at]);
  }
}

/** Letters and digits that people append to a walk to satisfy a rule: `qwerty1`, `12345a`. */
const MAX_TRAILING = 1;

/** The folded text consists of steps along those lines: `qwerty`, `abc123`, `1q2w3e4r`, `0123456789abcdef`. */
export function isKeyboardWalk(text: string): boolean {
  if (text.length < MIN_STEP) return false;
  const first = text.charCodeAt(0);
  const second = text.charCodeAt(1);
  if (first !== second && !beginsWalk(first, second, text.charCodeAt(2))) return false;
  if (longestStep(text, 0) < MIN_STEP) return false;
  let at = 0;
  let steps = 0;
  while (at < text.length) {
    const step = longestStep(text, at);
    if (step < MIN_STEP)
      return at >= 5 && text.length - at <= MAX_TRAILING && at >= steps * MIN_STEP_OF_LONG_TEXT;
    at += step;
    steps++;
  }
  return text.length < LONG_TEXT || text.length >= steps * MIN_STEP_OF_LONG_TEXT;
}

/** Steps of three fill sixteen random digits about once in ten thousand. In a long text the steps must be longer. */
const LONG_TEXT = 12;
const MIN_STEP_OF_LONG_TEXT = 4;

function longestStep(text: string, at: number): number {
  let longest = runLength(text, at);
  for (const [line, start] of WALK_STARTS.get(text.slice(at, at + MIN_STEP)) ?? []) {
    let step = MIN_STEP;
    while (at + step < text.length && text[at + step] === line[start + step]) step++;
    longest = Math.max(longest, step);
  }
  return longest;
}

function runLength(text: string, at: number): number {
  let step = 1;
  while (text[at + step] === text[at]) step++;
  return step;
}
