const NO_FILTER = { search: '', outcome: '', namespace: '', rule: '', policy: '' };

/** The text in which a search looks, made for a row when it is first searched. */
const searchTexts = new Map();

function searchTextOf(row) {
  const known = searchTexts.get(row);
  if (known !== undefined) return known;
  const remarks = row.remarks.flatMap(({ rule, policy, text, fix }) => [rule, policy, text, fix]);
  const text = [`${row.namespace}/${row.name}`, row.kind, row.owner, ...remarks].join('\n').toLowerCase();
  searchTexts.set(row, text);
  return text;
}

/** A row matches if all words of the search are in it, and one remark has both the rule and the policy. */
function matches(row, { search, outcome, namespace, rule, policy }) {
  if (namespace !== '' && row.namespace !== namespace) return false;
  if (outcome !== '' && !hasOutcome(row, outcome)) return false;
  const hasRemark = row.remarks.some(
    (remark) => (rule === '' || remark.rule === rule) && (policy === '' || remark.policy === policy),
  );
  if (!hasRemark) return false;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => searchTextOf(row).includes(word));
}

const FINDINGS = ['denied', 'warned', 'recorded'];

/** Findings count by the strongest one. Overdue keys and actions of the controller come on top of them. */
function hasOutcome(row, outcome) {
  const has = (one) => row.remarks.some((remark) => remark.outcome === one);
  if (outcome === 'overdue' || outcome === 'controller') return has(outcome);
  if (outcome === 'warned' || outcome === 'recorded')
    return row.kind === 'Secret' && FINDINGS.find(has) === outcome;
  return resultOf(row) === outcome;
}
