/** As readers see them. The order is the one of rows.ts. */
const OUTCOMES = ['denied', 'warned', 'recorded', 'mutated', 'overdue', 'controller'];

/** The rows as they are in the file. A text is a string, or its place in `texts`. */
const texts = JSON.parse(byId('report-texts').textContent);
const rows = JSON.parse(byId('report-rows').textContent);

function textOf(value) {
  return typeof value === 'number' ? texts[value] : value;
}

const KIND = 0;
const NAMESPACE = 1;
const NAME = 2;
const OWNER = 3;
const REMARKS = 4;

const OUTCOME = 0;
const RULE = 1;
const POLICY = 2;
const TEXT = 3;
const FIX = 4;

/**
 * The one result of a row, by which it is sorted and filtered: as the counts of the overview, where a Secret counts
 * once.
 */
function resultOf(row) {
  if (textOf(row[KIND]) !== 'Secret') return 'objects';
  const found = new Set(row[REMARKS].map((remark) => OUTCOMES[remark[OUTCOME]]));
  return ['denied', 'mutated', 'warned', 'recorded', 'overdue', 'controller'].find((outcome) =>
    found.has(outcome),
  );
}

const RESULT_ORDER = ['denied', 'mutated', 'warned', 'recorded', 'overdue', 'objects', 'controller'];

/** The indexes of all rows, the gravest result first, else in the order of the file. */
function sortedRows() {
  const groups = new Map(RESULT_ORDER.map((result) => [result, []]));
  for (const [index, row] of rows.entries()) groups.get(resultOf(row))?.push(index);
  return [...groups.values()].flat();
}

/** The different values of a column of the rows, or of their remarks, in the order of the alphabet. */
function choicesOf(column, ofRemark) {
  const values = new Set();
  for (const row of rows) {
    if (ofRemark) for (const remark of row[REMARKS]) values.add(remark[column]);
    else values.add(row[column]);
  }
  return [...new Set([...values].map(textOf))].filter((text) => text !== '').sort();
}
