import { randomBytes } from 'node:crypto';
import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { aCreate, GOOD, validatedOnly } from '../../../helpers/engine/engine.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Backwards, so that the heap does not hold the text itself. */
const backwards = (text: string): string => [...text].reverse().join('');

/** Validates a file with a member that has a name of its own. Returns the name, backwards. */
function validateMember(file: (name: string) => string): string {
  const name = `K${randomBytes(9).toString('hex')}_PASSWORD`;
  validatedOnly(aCreate({ 'settings.json': file(name), 'app.env': `${name}=${GOOD.password}\n` }));
  return backwards(name);
}

async function heapText(): Promise<string> {
  let text = '';
  for await (const piece of getHeapSnapshot()) text += String(piece);
  return text;
}

t.test('the name of a member is a part of a value, and nothing keeps it', async (t) => {
  const names = [
    validateMember((name) => `{"${name}":"${GOOD.password}"}`),
    validateMember((name) => `{"login":{"${name}":{"token":"changeme"}}}`),
  ];
  // RegExp.input is the last text of a match.
  t.ok(/a/.test('a'));
  collectGarbage();
  await new Promise(setImmediate);
  collectGarbage();
  const heap = await heapText();
  t.ok(heap.length > 1e6);
  for (const name of names) {
    // A search keeps its text, so it comes last.
    t.notOk(heap.includes(backwards(name)), 'no cache has the name');
  }
});
