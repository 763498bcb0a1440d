import t from 'tap';
import { milliseconds } from '../../../src/commands/cli/duration.ts';

t.test('accepts a duration as a number with s, m or h', async (t) => {
  t.same(['1s', '90s', '10m', '2h'].map(milliseconds), [1000, 90_000, 600_000, 7_200_000]);
  for (const text of ['', '0s', '10', 'm', '1.5m', '-1s', '1d', '1m30s', '9999999s', ' 1s'])
    t.throws(() => milliseconds(text), /Write a number with s, m or h/, text);
});

t.test('suggests the nearest duration', async (t) => {
  for (const [text, nearest] of [
    ['90', '90s'],
    ['2d', '48h'],
    ['0s', '1s'],
    ['0m', '1m'],
    ['9999999s', '999999s'],
    ['90sec', '90s'],
    ['10 min', '10m'],
    ['500ms', '1s'],
  ] as const)
    t.throws(() => milliseconds(text), new RegExp(`Did you mean ${nearest}\\?$`), text);
});
