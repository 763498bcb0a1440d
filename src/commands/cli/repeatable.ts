import { Option } from 'commander';

/**
 * An option that may be given several times. Its value is a list. Without `split`, each text is one value, because a
 * value may hold a comma.
 */
export const repeatable = (
  flags: string,
  description: string,
  split: (text: string) => readonly string[] = (text) => [text],
): Option =>
  new Option(flags, description).argParser((text: string, before: unknown) => [
    // commander presets `true` for a `--no-…` option.
    ...(Array.isArray(before) ? (before as readonly string[]) : []),
    ...split(text),
  ]);
