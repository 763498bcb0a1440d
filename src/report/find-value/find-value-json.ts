import type { FixablePlace } from '../../engine/diagnosis/find-value/cluster-search.ts';
import { fixCommand } from '../../engine/diagnosis/find-value/fix.ts';
import type { FindValueReport } from './find-value-text.ts';

/** The contract, field by field, as in docs/tasks/find-a-leaked-value.md. */
export const findValueJson = ({
  origins,
  places,
  skipped,
  unread,
  secrets,
  objects,
}: FindValueReport): string => {
  const byValue = Map.groupBy(places, ({ value }) => value);
  return `${JSON.stringify(
    {
      found: places.length > 0,
      values: origins.map((origin, value) => ({
        value: value + 1,
        origin: origin === '' ? undefined : origin,
        places: (byValue.get(value) ?? []).map(placeObject),
      })),
      notSearched: skipped,
      unread,
      searched: { secrets, objects },
    },
    undefined,
    2,
  )}\n`;
};

function placeObject({ kind, namespace, name, field, encodings, form, readers, fix }: FixablePlace): object {
  const { kind: at, ...where } = field;
  return {
    kind,
    namespace,
    name,
    at,
    ...where,
    encodings,
    form,
    readers,
    change: {
      by: fix.by,
      what: fix.by === 'lockstep' ? undefined : fix.what,
      command: fixCommand(fix),
    },
  };
}
