const LETTERS: Record<string, string> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '+': 't',
  '|': 'l',
};
const MAX_LENGTH = 40;

/**
 * The text with digits and signs read as letters: `p@ssw0rd` as `password`. Trailing signs are a number (`P@ssw0rd123`)
 * in the first reading, and letters (`ch4ng3m3`, `pa$$`) in the next. `1` and `!` are read as `i`, then as `l`.
 */
export function unleet(text: string): readonly string[] {
  if (text.length > MAX_LENGTH || CHANCE_IN_EACH_READING.test(text)) return NO_READING;
  if (!/[A-Za-z][013457@$!|8+]|[013457@$!|8+][A-Za-z]/.test(text)) return NO_READING;
  const core = text.replace(CORE, spell);
  if (CHANCE.test(core)) return NO_READING;
  const readings = [core, spell(text)];
  if (/[1!]/.test(text)) readings.push(text.replace(CORE, spellL), spellL(text));
  // `S3nh@2024`: a sign before a number is the last letter. `Str0ng!P4ss`: a sign between words is none.
  if (/[a-z][@$][^A-Za-z]*$/i.test(text)) readings.push(text.replace(CORE_AND_SIGN, spell));
  if (/[a-z0-9][!|&][a-z]/i.test(text))
    readings.push(text.replace(WORD, spell), text.replace(WHOLE_WORD, spell));
  // `s3cur3_p@ss_2024`: a number between separators is a number.
  if (/[a-z][013457@$!|8+]+[-_. ]/i.test(text)) readings.push(text.replace(TOKEN, spell));
  if (/00|33/.test(text)) readings.push(text.replace(/00|33/g, ([sign]) => sign!).replace(CORE, spell));
  return [...new Set(readings)].filter((reading) => !CHANCE.test(reading));
}

const NO_READING: readonly string[] = [];

const CORE = /[A-Za-z013457@$!|8+]*[A-Za-z]/g;
const CORE_AND_SIGN = /[A-Za-z013457@$!|8+]*[A-Za-z@$]/g;
const TOKEN = /[013457@$!|8+]*[A-Za-z][A-Za-z013457@$!|8+]*/g;
const WORD = /[A-Za-z013457@$8]*[A-Za-z]/g;
const WHOLE_WORD = /[013457@$8]*[A-Za-z][A-Za-z013457@$8]*/g;
/**
 * No words contain this, even joined: digits that stand for no letter between letters, or too many consonants in a row.
 */
const CHANCE = /[a-z][0-9]+[a-z]|[bcdfghjklmnpqrstvwxz]{6}/;

/** The same before the signs are read: digits that are no letter in any reading (2, 6, 9), or six consonants. */
const CHANCE_IN_EACH_READING =
  /[a-z][0134578]*[269]\d*[a-z]|[bcdfghjklmnpqrstvwxz578$+|]{5}[bcdfghjklmnpqrstvwxz]/i;

const spell = (part: string): string =>
  part.replace(/[013457@$!|8+]/g, (sign) => LETTERS[sign] ?? sign).toLowerCase();
const spellL = (part: string): string => spell(part.replace(/[1!]/g, 'l'));
