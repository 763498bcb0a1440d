/** The first item that `accepts` allows. In a Set, it is the oldest one. */
export function first<Item>(
  items: Iterable<Item>,
  accepts: (item: Item) => boolean = () => true,
): Item | undefined {
  for (const item of items) if (accepts(item)) return item;
  return undefined;
}
