import t from 'tap';
import { markIn, withMark } from '../../../../src/engine/login/postgres/role-comment-mark.ts';
import { fc } from '../../../helpers/property.ts';

const NOTES = fc.string({ unit: 'binary', minLength: 1 }).filter((note) => markIn(note) === undefined);
const MARKS = fc.uuid();

t.test('adds the mark after a comment, and restores the comment unchanged', async (t) => {
  t.equal(withMark('ask Bob', 'one'), 'ask Bob [lockstep one]');
  fc.assert(
    fc.property(NOTES, MARKS, (note, mark) => {
      const marked = withMark(note, mark);
      return markIn(marked) === mark && withMark(marked, undefined) === note;
    }),
  );
});

t.test('leaves no comment on a role that had none', async (t) => {
  t.equal(withMark(undefined, 'one'), '[lockstep one]');
  t.equal(withMark('[lockstep one]', undefined), undefined);
  t.equal(withMark('', undefined), undefined);
});

t.test('replaces an earlier mark, even with text after it', async (t) => {
  t.equal(withMark('ask Bob [lockstep one]', 'two'), 'ask Bob [lockstep two]');
  t.equal(markIn('ask Bob [lockstep one], or Eve'), 'one');
  t.equal(withMark('ask Bob [lockstep one], or Eve', undefined), 'ask Bob, or Eve');
});

t.test('takes no other text in brackets for a mark', async (t) => {
  t.equal(markIn(undefined), undefined);
  t.equal(markIn('kept by lockstep'), undefined);
  t.equal(markIn('[lockstep ]'), undefined);
  t.equal(markIn('[lockstep a b]'), undefined);
});
