import t from 'tap';
import { ERRORS, type ErrorEntry } from '../../src/errors/table.ts';
import { readPage } from '../helpers/pages/pages.ts';

const ROW = /^\| `LOCKSTEP_(\w+)` \| (.*?) \| (.+) \|$/gm;

t.test(
  'docs/reference/errors.md has each error once, in the words that are printed, and says what leads to it',
  async (t) => {
    const rows = [...(await readPage('docs/reference/errors.md')).matchAll(ROW)];
    const written = Object.fromEntries(rows.map(([, code = '', sentence = '']) => [code, sentence]));
    const printed = Object.fromEntries(
      Object.entries<ErrorEntry>(ERRORS).map(([code, { problem, hint }]) => {
        const sentence = hint === undefined ? problem : `${problem}; ${hint}`;
        return [code, sentence.replaceAll(/%[sd]/g, '…')];
      }),
    );
    t.equal(rows.length, Object.keys(written).length, 'no code has two rows');
    t.same(written, printed);
  },
);
