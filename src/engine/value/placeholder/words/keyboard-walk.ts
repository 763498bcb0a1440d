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

const SEPARATOR = '\n';
const SEPARATOR_CODE = SEPARATOR.charCodeAt(0);
/** The lines in both directions. No walk goes beyond a separator. */
const WALKS = KEYBOARD_LINES.flatMap((line) => [line, [...line].reverse().join('')]).join(SEPARATOR);
const MIN_STEP = 3;

/**
 * The positions in `WALKS` from which a walk may begin, plus one, in a list for each slot; 0 ends a list. Several steps
 * share a slot. The table is made at each start, so it has numbers only: a map of texts takes ten times as long.
 */
const SLOTS = 8192;
const firstStart = new Uint16Array(SLOTS);
const nextStart = new Uint16Array(WALKS.length + 1);
const slotOf = (a: number, b: number, c: number): number => ((a << 10) ^ (b << 5) ^ c) & (SLOTS - 1);

for (let at = 0; at + MIN_STEP <= WALKS.length; at++) {
  const a = WALKS.charCodeAt(at);
  const b = WALKS.charCodeAt(at + 1);
  const c = WALKS.charCodeAt(at + 2);
  if (a === SEPARATOR_CODE || b === SEPARATOR_CODE || c === SEPARATOR_CODE) continue;
  const slot = slotOf(a, b, c);
  nextStart[at + 1] = firstStart[slot]!;
  firstStart[slot] = at + 1;
}

/** A walk begins with these three characters. */
export function beginsWalk(a: number, b: number, c: number): boolean {
  for (let start = firstStart[slotOf(a, b, c)]!; start !== 0; start = nextStart[start]!)
    if (
      WALKS.charCodeAt(start - 1) === a &&
      WALKS.charCodeAt(start) === b &&
      WALKS.charCodeAt(start + 1) === c
    )
      return true;
  return false;
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
  if (at + MIN_STEP > text.length) return longest;
  const slot = slotOf(text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2));
  for (let start = firstStart[slot]!; start !== 0; start = nextStart[start]!) {
    const step = sharedLength(text, at, start - 1);
    if (step >= MIN_STEP && step > longest) longest = step;
  }
  return longest;
}

/** The number of characters that the text and the walk at these positions have in common. */
function sharedLength(text: string, at: number, walkAt: number): number {
  let step = 0;
  while (at + step < text.length && walkAt + step < WALKS.length) {
    const code = text.charCodeAt(at + step);
    if (code === SEPARATOR_CODE || code !== WALKS.charCodeAt(walkAt + step)) break;
    step++;
  }
  return step;
}

function runLength(text: string, at: number): number {
  let step = 1;
  while (text[at + step] === text[at]) step++;
  return step;
}
