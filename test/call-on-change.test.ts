import t from 'tap';
import { callOnChange } from '../src/call-on-change.ts';

t.test('the listener gets a value once until its key changes', async (t) => {
  const got: string[] = [];
  const report = callOnChange(
    (text: string) => got.push(text),
    (text) => text.length,
    1,
  );
  for (const text of ['a', 'bb', 'cc', 'ddd', 'e', 'f']) report(text);
  t.same(got, ['bb', 'ddd', 'e']);
});

t.test('the first value is reported unless it is the initial one', async (t) => {
  const got: (number | undefined)[] = [];
  const report = callOnChange((value: number | undefined) => got.push(value));
  for (const value of [undefined, 1, undefined, undefined, 2]) report(value);
  t.same(got, [1, undefined, 2]);
});
