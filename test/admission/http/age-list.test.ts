import t from 'tap';
import { AgeList, AgeListEntry } from '../../../src/admission/http/age-list.ts';
import { fc } from '../../helpers/property.ts';

class Item extends AgeListEntry {
  readonly number: number;

  constructor(number: number) {
    super();
    this.number = number;
  }
}

const contentOf = (list: AgeList<Item>): number[] => {
  const numbers: number[] = [];
  list.forEach(({ number }) => {
    numbers.push(number);
  });
  return numbers;
};

t.test('keeps entries as a Set does, in the order of their addition', async () => {
  const step = fc.tuple(fc.boolean(), fc.nat(5));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const items = Array.from({ length: 6 }, (_, number) => new Item(number));
      const list = new AgeList<Item>();
      const set = new Set<number>();
      return steps.every(([adds, number]) => {
        const item = items[number] ?? new Item(number);
        if (adds) list.add(item);
        const wasDeleted = !adds && list.delete(item);
        if (adds) set.add(number);
        const isSame = adds || wasDeleted === set.delete(number);
        const [oldest] = set;
        return (
          isSame &&
          list.size === set.size &&
          list.has(item) === set.has(number) &&
          list.oldest?.number === oldest &&
          list.find((one) => one.number === number)?.number === (set.has(number) ? number : undefined) &&
          contentOf(list).join() === [...set].join()
        );
      });
    }),
    { numRuns: 500, seed: 20261128 },
  );
});

t.test('lets a visit delete its entry, and leaves no reference behind', async (t) => {
  const list = new AgeList<Item>();
  const items = [new Item(0), new Item(1), new Item(2)];
  for (const item of items) list.add(item);
  list.forEach((item) => {
    list.delete(item);
  });
  t.equal(list.size, 0);
  t.ok(
    items.every(({ older, newer, list: holder }) => [older, newer, holder].every((one) => one === undefined)),
  );
});

t.test('does not delete the entry of another list', async (t) => {
  const [one, other] = [new AgeList<Item>(), new AgeList<Item>()];
  const item = new Item(1);
  one.add(item);
  t.equal(other.delete(item), false);
  t.same(contentOf(one), [1]);
});
