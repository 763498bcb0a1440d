const NO_FILTER = { search: '', outcome: '', namespace: '', rule: '', policy: '' };

/** The text in which a search looks, made for a row when it is first searched. */
const searchTexts = [];

function searchTextOf(index) {
  searchTexts[index] ??= [
    `${textOf(rows[index][NAMESPACE])}/${rows[index][NAME]}`,
    textOf(rows[index][KIND]),
    textOf(rows[index][OWNER]),
    ...rows[index][REMARKS].flatMap((remark) =>
      [remark[RULE], remark[POLICY], remark[TEXT], remark[FIX]].map(textOf),
    ),
  ]
    .join('\n')
    .toLowerCase();
  return searchTexts[index];
}

/** A row matches if all words of the search are in it, and one remark has both the rule and the policy. */
function matches(index, { search, outcome, namespace, rule, policy }) {
  const row = rows[index];
  if (namespace !== '' && textOf(row[NAMESPACE]) !== namespace) return false;
  if (outcome !== '' && !hasOutcome(row, outcome)) return false;
  const hasRemark = row[REMARKS].some(
    (remark) =>
      (rule === '' || textOf(remark[RULE]) === rule) && (policy === '' || textOf(remark[POLICY]) === policy),
  );
  if (!hasRemark) return false;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => searchTextOf(index).includes(word));
}

/** Findings count by the strongest one. Overdue keys and actions of the controller come on top of them. */
function hasOutcome(row, outcome) {
  if (outcome === 'overdue' || outcome === 'controller')
    return row[REMARKS].some((remark) => OUTCOMES[remark[OUTCOME]] === outcome);
  if (outcome === 'warned' || outcome === 'recorded') {
    if (textOf(row[KIND]) !== 'Secret') return false;
    return Math.min(...row[REMARKS].map((remark) => remark[OUTCOME])) === OUTCOMES.indexOf(outcome);
  }
  return resultOf(row) === outcome;
}
