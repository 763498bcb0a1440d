import t from 'tap';
import {
  type FieldOwner,
  ownedSince,
  withoutOwnFields,
} from '../../../../src/engine/secret/kubernetes/field-owners.ts';

const TIME = '2026-11-25T12:00:00Z';
const owner = (manager: string, operation = 'Update', fields = ['f:data']): FieldOwner => ({
  manager,
  operation,
  time: TIME,
  fieldsV1: Object.fromEntries(fields.map((field) => [field, {}])),
});
const HELM = owner('helm', 'Apply');
const OWN = owner('lockstep');

t.test('lockstep owns fields by its own updates alone', async (t) => {
  t.same(ownedSince([HELM, OWN]), new Date(TIME));
  t.same(ownedSince([owner('lockstep', 'Update', ['f:type', 'f:metadata'])]), new Date(TIME));
  for (const other of [HELM, owner('lockstep', 'Apply'), owner('lockstep', 'Update', ['f:type']), {}])
    t.equal(ownedSince([other]), undefined, JSON.stringify(other));
  t.equal(ownedSince(undefined), undefined);
});

t.test('the owners without lockstep are never none', async (t) => {
  t.same(withoutOwnFields([HELM, OWN, owner('kubectl')]), [HELM, owner('kubectl')]);
  t.same(withoutOwnFields([OWN]), [owner('lockstep', 'Update', ['f:type'])]);
  t.same(withoutOwnFields(withoutOwnFields([OWN])), withoutOwnFields([OWN]));
});
