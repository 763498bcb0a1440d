import t from 'tap';
import { ReferenceIndex } from '../../../../src/engine/workloads/references/reference-index.ts';
import { jsonFields } from '../../../../src/kube/objects/json-fields.ts';

/** A ServiceAccount with that many imagePullSecrets. */
const account = (name: string, references: number) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  namespace: 'shop',
  name,
  fields: jsonFields({
    imagePullSecrets: Array.from({ length: references }, (_, index) => ({ name: `${name}-${index}` })),
  }),
});

t.test('reads at most 1,000 references of one object', async (t) => {
  const index = new ReferenceIndex();
  index.addReader(account('wide', 5000));
  t.equal(index.compare().objects[0]?.findings.length, 1000);
  t.equal(index.isFull, false);
});

t.test('holds at most 500,000 references and makers of a cluster, and says that it is full', async (t) => {
  const index = new ReferenceIndex();
  // A ServiceAccount also makes the Secret of its token.
  for (let number = 0; number < 499; number += 1) index.addReader(account(`a${number}`, 1000));
  t.equal(index.isFull, false);
  index.addReader(account('late', 1000));
  t.equal(index.isFull, true);
});
