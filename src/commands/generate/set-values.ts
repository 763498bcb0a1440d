import { MAX_SECRET_BYTES } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError, systemCode } from '../../errors/errors.ts';
import { readLimited } from '../../read-limited.ts';

/**
 * The values of `--set KEY=VALUE` and `--set-file KEY=PATH`. Throws BAD_OPTION. The error names a key only: the text
 * after it may be a value in either option.
 */
export async function readSetValues(
  texts: readonly string[],
  files: readonly string[],
): Promise<ReadonlyMap<string, Sensitive>> {
  const values = new Map<string, Sensitive>();
  const add = (option: string, key: string, value: Sensitive): void => {
    if (values.has(key)) throw invalidOption(option, `${key} is given twice; give it once`);
    values.set(key, value);
  };
  for (const text of texts) {
    const [key, value] = splitAtEquals('--set', text);
    add('--set', key, Sensitive.fromText(value));
  }
  for (const text of files) {
    const [key, path] = splitAtEquals('--set-file', text);
    add('--set-file', key, Sensitive.fromBytes(await readValueFile(path, key)));
  }
  return values;
}

function splitAtEquals(option: string, text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  const form = option === '--set' ? 'KEY=VALUE' : 'KEY=PATH';
  if (equals < 1) throw invalidOption(option, `write ${form}`);
  const key = text.slice(0, equals);
  // The rule of the API server: `..` would leave the directory into which a Secret is mounted.
  if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'))
    throw invalidOption(option, `write ${form} with a key of letters, digits, "-", "_" and "."`);
  return [key, text.slice(equals + 1)];
}

async function readValueFile(path: string, key: string): Promise<Uint8Array> {
  try {
    return await readLimited(path, MAX_SECRET_BYTES);
  } catch (error) {
    if (systemCode(error) === 'EFBIG')
      throw invalidOption('--set-file', `the file of ${key} is larger than 1 MiB, more than a Secret holds`);
    throw invalidOption('--set-file', `cannot read the file of ${key} (${systemCode(error)}); give KEY=PATH`);
  }
}

const invalidOption = (option: string, what: string): LockstepError =>
  new LockstepError('BAD_OPTION', [option, what]);
