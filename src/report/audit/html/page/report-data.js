/** One row for each Secret or other object, as audit-html.ts writes it. */
const rows = JSON.parse(byId('report-rows').textContent);

/**
 * The one result of a row, by which it is sorted and filtered: as the counts of the overview, where a Secret counts
 * once.
 */
function resultOf({ kind, remarks }) {
  if (kind !== 'Secret') return 'objects';
  return RESULT_ORDER.find((result) => remarks.some(({ outcome }) => outcome === result));
}

const RESULT_ORDER = ['denied', 'mutated', 'warned', 'recorded', 'overdue', 'objects', 'controller'];

/** All rows, the gravest result first, else in the order of the file. */
function sortedRows() {
  const groups = Map.groupBy(rows, resultOf);
  return RESULT_ORDER.flatMap((result) => groups.get(result) ?? []);
}

/** The different texts of a member, in the order of the alphabet. */
function choicesOf(objects, member) {
  return [...new Set(objects.map((object) => object[member]))].filter((text) => text !== '').sort();
}
